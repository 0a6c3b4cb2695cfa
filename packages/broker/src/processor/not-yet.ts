/** The commands of a broker that this one does not serve yet, each with what it waits for. They are answered with REQUEST_CODE_NOT_SUPPORTED. */

export interface NotYet {
  readonly code: number;
  readonly reason: string;
}

function waitingFor(reason: string, codes: readonly number[]): NotYet[] {
  return codes.map((code) => ({ code, reason }));
}

/** By what they wait for. */
export const NOT_YET: readonly NotYet[] = [
  ...waitingFor('transactions are not built', [37, 323]),
  ...waitingFor('POP is not built', [200050, 200051, 200052, 200053, 200054, 200055, 200056, 200151]),
  ...waitingFor('lite topics are not built', [200070, 200071, 200074, 200075, 200076, 200077, 200078, 200079]),
  ...waitingFor('static topics are not built', [513]),
  ...waitingFor('replication is not built', [905, 906, 907, 908, 1007, 1008]),
  ...waitingFor('users and permissions are not built', [3001, 3002, 3003, 3004, 3005, 3006, 3007, 3008, 3009, 3010]),
  ...waitingFor('flow control of cold reads is not built', [2001, 2002, 2003, 2004]),
  ...waitingFor('there is no RocksDB here to look into', [354, 355]),
];
