// Which hosts go through which proxy.
import { describe, expect, test } from 'vitest';
import { InvalidArgumentError } from '../errors.js';
import { proxyChoice } from './socks-proxies.js';

const a = { host: 'proxy-a', port: 1080 };

describe('the proxy of a host', () => {
  test('is that of the first network that it is in', () => {
    const choose = proxyChoice({
      '10.1.128.0/17': { addr: 'proxy-a:1080' },
      '10.0.0.0/8': { addr: '[::1]:1081', username: 'me', password: 'pw' },
      'fd00::/7': { addr: 'proxy-a:1080', username: '' },
    })!;
    expect(choose('10.1.200.1')).toEqual(a);
    expect(choose('10.1.100.1')).toEqual({ host: '::1', port: 1081, username: 'me', password: 'pw' });
    expect(choose('fc00::1')).toEqual(a);
    expect([choose('11.0.0.1'), choose('mq.example'), choose('::1')]).toEqual([undefined, undefined, undefined]);
  });

  test('is that of everything else, names too, in the text that Java takes', () => {
    const choose = proxyChoice('{"0.0.0.0/0": {"addr": "proxy-a:1080"}}')!;
    expect([choose('mq.example'), choose('1.2.3.4')]).toEqual([a, a]);
    expect(proxyChoice('{}')).toBeUndefined();
  });

  test.each([
    ['no JSON', '{'],
    ['must be an object', '[]'],
    ["'10.0.0.0/8': addr is missing", '{"10.0.0.0/8": {}}'],
    ["'10.0.0.0/8': addr is missing", '{"10.0.0.0/8": null}'],
    ["address 'proxy' is not of the form host:port", '{"10.0.0.0/8": {"addr": "proxy"}}'],
    ["'10.0.0.0/33' is no network", '{"10.0.0.0/33": {"addr": "a:1"}}'],
    ["'*' is no network", '{"*": {"addr": "a:1"}}'],
  ])('is not guessed: %s', (message, config) => {
    expect(() => proxyChoice(config)).toThrow(InvalidArgumentError);
    expect(() => proxyChoice(config)).toThrow(message);
  });
});
