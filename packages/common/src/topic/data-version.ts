/** The version of a set of configuration: compared to see whether two sides hold the same. */
import type { JsonValue } from '../json/json-value.js';
import { asObject, integerField } from './json-fields.js';

/** The JSON form of a data version. */
export interface DataVersionJson {
  readonly counter: number;
  readonly stateVersion: number;
  readonly timestamp: number;
}

/** Source: DataVersion. */
export class DataVersion {
  stateVersion: number;
  /** When it was last changed, ms since the epoch. */
  timestamp: number;
  counter: number;

  constructor(timestamp: number, counter = 0, stateVersion = 0) {
    this.timestamp = timestamp;
    this.counter = counter;
    this.stateVersion = stateVersion;
  }

  /** Reads the JSON form; throws `MalformedDataError`. A missing timestamp is `defaultTimestamp`. */
  static fromJson(json: JsonValue | undefined, defaultTimestamp = 0): DataVersion {
    const object = asObject(json, 'data version');
    return new DataVersion(
      integerField(object, 'timestamp', defaultTimestamp),
      integerField(object, 'counter', 0),
      integerField(object, 'stateVersion', 0),
    );
  }

  /** Marks a change at `now`. */
  next(now: number, stateVersion = 0): void {
    this.timestamp = now;
    this.stateVersion = stateVersion;
    this.counter++;
  }

  /** Takes over all of another one. Source: DataVersion#assignNewOne. */
  assign(other: DataVersion): void {
    this.timestamp = other.timestamp;
    this.stateVersion = other.stateVersion;
    this.counter = other.counter;
  }

  equals(other: DataVersion): boolean {
    return this.compare(other) === 0;
  }

  /** Negative, zero or positive: by state version, then counter, then time. Source: DataVersion#compare. */
  compare(other: DataVersion): number {
    return Math.sign(
      this.stateVersion - other.stateVersion || this.counter - other.counter || this.timestamp - other.timestamp,
    );
  }

  copy(): DataVersion {
    return new DataVersion(this.timestamp, this.counter, this.stateVersion);
  }

  /** The fields in the reference's order, for JSON. */
  toJSON(): DataVersionJson {
    return { counter: this.counter, stateVersion: this.stateVersion, timestamp: this.timestamp };
  }
}
