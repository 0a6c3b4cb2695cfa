// Simulated disks of which others use a part.
import type { DiskSpace } from '@rocketmq-ts/common';
import { MemoryFiles } from '@rocketmq-ts/testkit';

/** Files in memory on a disk that says what it is told to say of its space. */
export class CrowdedFiles extends MemoryFiles {
  /** Undefined: what is really used. */
  usedPercent: number | undefined;

  override diskSpaceSync(path: string): DiskSpace {
    const space = super.diskSpaceSync(path);
    if (this.usedPercent === undefined) return space;
    const usedBytes = Math.floor((space.totalBytes * this.usedPercent) / 100);
    return { ...space, usedBytes, freeBytes: space.totalBytes - usedBytes };
  }
}
