/** Writes a syntax tree out with all its parentheses: how the expression was understood. */
import { formatJavaNumber } from './java-number.js';
import type { ConstantNode, InNode, Node, TextNode } from './node.js';

/** A BETWEEN shows its value twice, so the text can be far longer than the source; this much of it is made. */
const MAX_TEXT_UNITS = 64 * 1024;

/** The reference's text for a compiled expression, but for the order of long IN lists. Source: Expression#toString. */
export function formatNode(node: Node): string {
  const output = new Output();
  write(node, output);
  return output.text;
}

class Output {
  text = '';

  add(part: string): this {
    if (this.text.length <= MAX_TEXT_UNITS) this.text += part;
    return this;
  }
}

function write(node: Node, output: Output): void {
  switch (node.kind) {
    case 'property':
      output.add(node.name);
      break;
    case 'string':
    case 'number':
    case 'boolean':
      output.add(formatConstant(node));
      break;
    case 'negate':
    case 'not':
      output.add(node.kind === 'not' ? '(NOT ' : '(- ');
      write(node.operand, output);
      output.add(')');
      break;
    case 'cast':
      write(node.operand, output);
      break;
    case 'and':
    case 'or':
      writeChain(node.operands, node.kind === 'and' ? ' && ' : ' || ', output);
      break;
    case 'equal':
      writeChain([node.left, node.right], ' == ', output);
      break;
    case 'order':
      writeChain([node.left, node.right], ` ${node.operator} `, output);
      break;
    case 'text':
      writeText(node, output);
      break;
    case 'in':
      writeIn(node, output);
      break;
  }
}

/** The text of a literal. */
export function formatConstant(node: ConstantNode): string {
  if (node.kind === 'string') return `'${node.value.replaceAll("'", "''")}'`;
  return node.kind === 'number' ? formatJavaNumber(node.value) : String(node.value).toUpperCase();
}

function writeChain(operands: readonly Node[], symbol: string, output: Output): void {
  output.add('('.repeat(operands.length - 1));
  operands.forEach((operand, i) => {
    if (i > 0) output.add(symbol);
    write(operand, output);
    if (i > 0) output.add(')');
  });
}

function writeText({ negated, operator, operand }: TextNode, output: Output): void {
  output.add(`(${negated ? 'NOT ' : ''}${operator} `);
  write(operand, output);
  output.add(')');
}

function writeIn({ property, negated, elements }: InNode, output: Output): void {
  output.add(`${property.name} ${negated ? 'NOT IN' : 'IN'} ( ${elements.join(', ')} )`);
}
