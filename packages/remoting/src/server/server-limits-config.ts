/** Parameters of a listening server that the reference does not have: what all its connections together may take. */
import { type ConfigOf, defineConfig, parameter as p } from '@rocketmq-ts/common';

/** Bounds of each port of a server, besides those of `NettyServerConfig`. Not in the reference. */
export const serverLimitsConfigDeclaration = defineConfig({
  name: 'ServerLimitsConfig',
  doc: 'Bounds of each port of a server. The reference does not have them.',
  parameters: {
    serverMaxConnections: p.int({
      default: 30_000,
      min: 1,
      effective: true,
      ours: true,
      doc: 'Connections at one time; more are closed as they come.',
    }),
    serverMaxPendingOutputBytes: p.long({
      default: 134_217_728,
      unit: 'bytes',
      min: 1_048_576,
      effective: true,
      ours: true,
      doc: 'Bytes that wait for all peers to take them; beyond, those who have taken nothing for longest are cut off.',
    }),
  },
});

/** The values of `serverLimitsConfigDeclaration`. */
export type ServerLimitsConfig = ConfigOf<typeof serverLimitsConfigDeclaration>;
