/** Assembles WebAssembly from its text, as a module that holds the bytes. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import wabt from 'wabt';

const { parseWat } = await wabt();

/**
 * The TypeScript source of a constant that holds the module in base64.
 * @param {string} path of the text, from the root
 * @param {string} name of the constant
 */
export function webAssemblySource(path, name) {
  const text = readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
  const module = parseWat(path, text, { simd: true, bulk_memory: true, threads: true });
  const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64');
  module.destroy();
  return `// Written by npm run generate from ${path}; do not edit.\n\n/** A WebAssembly module, in base64. */\nexport const ${name} =\n  '${base64}';\n`;
}
