/** `rocketmq admin`, `mqadmin`. */
export async function admin(_words: readonly string[], _definitions: readonly string[]): Promise<number> {
  throw new Error('no commands yet');
}
