/** Which groups pull and which pop, topic by topic, and `config/messageRequestMode.json`. */
import {
  type Clock,
  ConfigManager,
  type Files,
  type Logger,
  parseJson,
  type Turn,
  writeJson,
} from '@rocketmq-ts/common';
import { MessageRequestModeSerializeWrapper, type SetMessageRequestModeRequestBody } from '@rocketmq-ts/remoting';
import { ChangeLog } from '../change-log.js';

export interface MessageRequestModeManagerParts {
  readonly path: string;
  readonly files: Files;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly turn: Turn;
}

/** Source: MessageRequestModeManager. */
export class MessageRequestModeManager extends ConfigManager {
  readonly #topics = new Map<string, Map<string, SetMessageRequestModeRequestBody>>();
  readonly #changes: ChangeLog;

  constructor(parts: MessageRequestModeManagerParts) {
    super(parts.path, parts);
    this.#changes = new ChangeLog(parts.turn, () => this.persistSync());
  }

  /** By topic, then group. */
  get table(): ReadonlyMap<string, ReadonlyMap<string, SetMessageRequestModeRequestBody>> {
    return this.#topics;
  }

  find(topic: string, group: string): SetMessageRequestModeRequestBody | undefined {
    return this.#topics.get(topic)?.get(group);
  }

  set(topic: string, group: string, mode: SetMessageRequestModeRequestBody): void {
    const groups = this.#topics.get(topic) ?? new Map<string, SetMessageRequestModeRequestBody>();
    groups.set(group, mode);
    this.#topics.set(topic, groups);
    this.#changes.changed();
  }

  protected override encode(): string {
    const wrapper = { messageRequestModeMap: this.#topics };
    return writeJson(MessageRequestModeSerializeWrapper.write(wrapper), { pretty: true });
  }

  protected override decode(text: string): void {
    const { messageRequestModeMap } = MessageRequestModeSerializeWrapper.read(
      parseJson(text),
      'messageRequestMode.json',
    );
    for (const [topic, groups] of messageRequestModeMap) this.#topics.set(topic, new Map(groups));
  }
}
