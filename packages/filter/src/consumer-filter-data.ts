/** What a broker keeps of a group that filters a topic by an expression, and its form in consumerFilter.json. */
import type { BloomFilterData } from './bloom/bloom-filter.js';
import { FilterError } from './filter-error.js';
import type { CompiledExpression } from './sql92/compiled-expression.js';

/** Compiles an expression of a type; throws FilterCompileError. `ExpressionCache` has this method. */
export interface ExpressionCompiler {
  compile(expressionType: string, expression: string): CompiledExpression;
}

/** The fields that are persisted, times in ms since the epoch. */
export interface ConsumerFilterDataFields {
  readonly consumerGroup: string;
  readonly topic: string;
  readonly expression: string;
  readonly expressionType: string;
  /** When it was registered: bit maps of older messages know nothing of it. */
  readonly bornTime: number;
  /** When the group's last consumer left; before `bornTime` (0) while there is one. */
  readonly deadTime?: number | undefined;
  /** The version of the subscription. */
  readonly clientVersion: number;
  readonly bloomFilterData?: BloomFilterData | undefined;
}

/** Source: ConsumerFilterData (broker). Unlike there it does not exist without a compiled expression. */
export class ConsumerFilterData {
  readonly consumerGroup: string;
  readonly topic: string;
  readonly expression: string;
  readonly expressionType: string;
  readonly bornTime: number;
  readonly compiledExpression: CompiledExpression;
  bloomFilterData: BloomFilterData | undefined;
  clientVersion: number;
  deadTime: number;

  /** @throws FilterCompileError if the expression does not compile */
  constructor(fields: ConsumerFilterDataFields, compiler: ExpressionCompiler) {
    this.consumerGroup = fields.consumerGroup;
    this.topic = fields.topic;
    this.expression = fields.expression;
    this.expressionType = fields.expressionType;
    this.bornTime = fields.bornTime;
    this.deadTime = fields.deadTime ?? 0;
    this.clientVersion = fields.clientVersion;
    this.bloomFilterData = fields.bloomFilterData;
    this.compiledExpression = compiler.compile(fields.expressionType, fields.expression);
  }

  /** Whether the group has no consumer on this topic. */
  isDead(): boolean {
    return this.deadTime >= this.bornTime;
  }

  /** Ms since the last consumer left; -1 while there is one. */
  howLongAfterDeath(nowMs: number): number {
    return this.isDead() ? nowMs - this.deadTime : -1;
  }

  /** Whether the bit map of a message stored at this time takes this filter into account. */
  isMsgInLive(msgStoreTimeMs: number): boolean {
    return msgStoreTimeMs > this.bornTime;
  }

  /** The object of consumerFilter.json, keys in the reference's order. */
  toJson(): Record<string, unknown> {
    const { bloomFilterData } = this;
    return {
      ...(bloomFilterData && {
        bloomFilterData: { bitNum: bloomFilterData.bitNum, bitPos: [...bloomFilterData.bitPos] },
      }),
      bornTime: this.bornTime,
      clientVersion: this.clientVersion,
      consumerGroup: this.consumerGroup,
      dead: this.isDead(),
      deadTime: this.deadTime,
      expression: this.expression,
      expressionType: this.expressionType,
      topic: this.topic,
    };
  }
}

/**
 * Reads filter data out of parsed JSON of the reference's file.
 * @throws FilterError for wrong or missing fields; FilterCompileError for an expression that does not compile
 */
export function consumerFilterDataFromJson(json: unknown, compiler: ExpressionCompiler): ConsumerFilterData {
  if (typeof json !== 'object' || json === null) throw new FilterError('consumer filter data: an object is expected');
  const fields: ReadonlyMap<string, unknown> = new Map(Object.entries(json));
  return new ConsumerFilterData(
    {
      consumerGroup: text(fields, 'consumerGroup'),
      topic: text(fields, 'topic'),
      expression: text(fields, 'expression'),
      expressionType: text(fields, 'expressionType'),
      bornTime: time(fields, 'bornTime'),
      deadTime: time(fields, 'deadTime'),
      clientVersion: time(fields, 'clientVersion'),
      bloomFilterData: bloomFilterData(fields.get('bloomFilterData')),
    },
    compiler,
  );
}

function text(fields: ReadonlyMap<string, unknown>, name: string): string {
  const value = fields.get(name);
  if (typeof value !== 'string') throw new FilterError(`consumer filter data: ${name} is not a string`);
  return value;
}

function time(fields: ReadonlyMap<string, unknown>, name: string): number {
  const value = fields.get(name) ?? 0;
  if (!Number.isSafeInteger(value)) throw new FilterError(`consumer filter data: ${name} is not an integer`);
  return value as number;
}

const MAX_BIT_POSITIONS = 64;

function bloomFilterData(json: unknown): BloomFilterData | undefined {
  if (json === undefined || json === null) return undefined;
  const fields: ReadonlyMap<string, unknown> = new Map(Object.entries(json));
  const bitPos = fields.get('bitPos');
  const bitNum = fields.get('bitNum');
  if (
    !Array.isArray(bitPos) ||
    bitPos.length > MAX_BIT_POSITIONS ||
    !bitPos.every(Number.isSafeInteger) ||
    !Number.isSafeInteger(bitNum)
  ) {
    throw new FilterError('consumer filter data: bloomFilterData needs bitPos and bitNum');
  }
  return { bitPos: bitPos as number[], bitNum: bitNum as number };
}
