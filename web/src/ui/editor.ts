// How editors of code look, in light and in dark.

import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--accent)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'light-dark(#9a3412, #fdba74)' },
  { tag: tags.definition(tags.propertyName), color: 'var(--accent)' },
  { tag: tags.comment, color: 'var(--quiet)', fontStyle: 'italic' },
]);

/** An editor that grows with its text, between two heights. */
export function editorLook({ least, most }: { least: string; most: string }) {
  const theme = EditorView.theme({
    '&': { fontSize: '14px', backgroundColor: 'var(--surface)', color: 'var(--text)' },
    '.cm-content': { fontFamily: 'var(--mono)', minHeight: least, caretColor: 'var(--text)' },
    '.cm-scroller': { maxHeight: most, overflow: 'auto' },
    '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--quiet)', border: 'none' },
    '.cm-cursor': { borderLeftColor: 'var(--text)' },
    '.cm-tooltip': {
      backgroundColor: 'var(--surface)',
      borderColor: 'var(--line)',
      color: 'var(--text)',
    },
    '.cm-placeholder': { color: 'var(--quiet)' },
    '.cm-wrong-line': {
      backgroundColor: 'color-mix(in srgb, var(--bad) 8%, transparent)',
      boxShadow: 'inset 3px 0 var(--bad)',
    },
  });
  return [syntaxHighlighting(colours), theme];
}
