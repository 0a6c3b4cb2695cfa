/** What a connection may hold and wait for, and what it shares with others. */
import type { SharedTemplates } from '../protocol/header-template.js';
import type { UnfinishedBudget } from './frame-cutter.js';
import type { LargeFrames } from './large-frames.js';
import type { OutputBudget } from './output-budget.js';
import type { SpareSlabs } from './spare-slabs.js';

/** Limits of a connection; those of a server's connections share one `unfinished` budget. */
export interface ConnectionLimits {
  readonly maxFrameBytes: number;
  readonly unfinished: UnfinishedBudget;
  /** Where large requests lie until they are answered (see `release`); without, in memory of their own. */
  readonly largeFrames?: LargeFrames;
  /** What all connections of the server have not sent yet is counted here. */
  readonly output?: OutputBudget;
  /** Where the answers of quiet connections are written; without, each has memory of its own. */
  readonly spareSlabs?: SpareSlabs;
  /** Above this many unsent bytes the peer's requests are no longer read. */
  readonly outputHighWaterBytes: number;
  /** Requests of ours that may wait for an answer at one time. */
  readonly maxPendingRequests: number;
  /** What the headers of all connections of the server look like; without, each knows its own. */
  readonly templates?: SharedTemplates;
}
