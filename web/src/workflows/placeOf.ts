// Where in a workflow's YAML a refusal of the API points to.

import { ensureSyntaxTree, type syntaxTree } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';
import type { DescribedError } from '../ui/describeError';

type SyntaxNode = ReturnType<typeof syntaxTree>['topNode'];

/** How long reading the text may take, in milliseconds. */
const PATIENCE = 500;

/** A position in the text; nothing where the refusal is about something else. */
export function placeOf(
  { message, field = '' }: DescribedError,
  state: EditorState,
): number | undefined {
  return field === 'yaml' ? placeOfWords(message, state) : placeOfPath(field, state);
}

/** Text that is no YAML is refused with `line 3, column 5: …`. */
function placeOfWords(message: string, { doc }: EditorState): number | undefined {
  const [, line, column = '1'] = /^line (\d+)(?:, column (\d+))?:/.exec(message) ?? [];
  if (line === undefined || Number(line) < 1) {
    return undefined;
  }
  const { from, to } = doc.line(Math.min(Number(line), doc.lines));
  return Math.min(from + Number(column) - 1, to);
}

/** What it says is refused with its path: `steps.1.config.sql`. As much of it as the text has is gone along. */
function placeOfPath(path: string, state: EditorState): number | undefined {
  let node = ensureSyntaxTree(state, state.doc.length, PATIENCE)?.topNode.getChild('Document');
  let place: number | undefined;
  for (const part of path.split('.')) {
    const value = contentOf(node);
    const found = itemOf(value, part) ?? pairOf(value, part, state);
    if (found === undefined) {
      return place;
    }
    place = found.from;
    node = found;
  }
  return place;
}

const VALUES = ['BlockMapping', 'FlowMapping', 'BlockSequence', 'FlowSequence'];

/** The list or map that a document, an item or a pair holds. */
function contentOf(node: SyntaxNode | null | undefined): SyntaxNode | undefined {
  return VALUES.map((name) => node?.getChild(name)).find((child) => child !== null);
}

function itemOf(list: SyntaxNode | undefined, part: string): SyntaxNode | undefined {
  return /^\d+$/.test(part) ? list?.getChildren('Item')[Number(part)] : undefined;
}

function pairOf(
  map: SyntaxNode | undefined,
  part: string,
  state: EditorState,
): SyntaxNode | undefined {
  const wanted = part === 'dependsOn' ? 'depends_on' : part;
  return map?.getChildren('Pair').find((pair) => {
    const key = pair.getChild('Key');
    const name = key === null ? '' : state.sliceDoc(key.from, key.to);
    return name.replace(/^(["'])(.*)\1$/, '$2') === wanted;
  });
}
