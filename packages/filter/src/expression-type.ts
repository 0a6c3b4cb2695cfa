/** The kinds of subscription expressions. Source: ExpressionType. */

/** Wire names of the expression types. */
export const ExpressionType = {
  TAG: 'TAG',
  SQL92: 'SQL92',
} as const;

/** Whether a subscription of this type is decided by tags; no type at all means tags. Source: ExpressionType#isTagType. */
export function isTagType(expressionType: string | null | undefined): boolean {
  return (
    expressionType === undefined ||
    expressionType === null ||
    expressionType === '' ||
    expressionType === ExpressionType.TAG
  );
}
