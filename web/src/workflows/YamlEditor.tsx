// The editor of a workflow's text: CodeMirror for YAML. It is loaded when a workflow is edited.

import { closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, indentOnInput } from '@codemirror/language';
import { EditorState, StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useEffectEvent, useRef } from 'react';
import { describeError } from '../ui/describeError';
import { editorLook } from '../ui/editor';
import { placeOf } from './placeOf';

interface Props {
  /** The text to begin with. Another one takes the place of what is there, which can be undone. */
  given: { text: string };
  /** Why the text was refused; the cursor goes to the place that it is about. */
  error: unknown;
  onChange: (text: string) => void;
}

/** Marks the line at a position; none where that is null. */
const markLine = StateEffect.define<number | null>();

/** The line that was refused, until another text is. */
const markedLine = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marked, { state, changes, effects }) {
    const effect = effects.find((one) => one.is(markLine));
    if (effect === undefined) {
      return marked.map(changes);
    }
    return effect.value === null
      ? Decoration.none
      : Decoration.set(wrongLine.range(state.doc.lineAt(effect.value).from));
  },
  provide: (field) => EditorView.decorations.from(field),
});

const wrongLine = Decoration.line({ class: 'cm-wrong-line' });

const look = editorLook({ least: '20rem', most: '65vh' });

export default function YamlEditor({ given, error, onChange }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const tell = useEffectEvent(onChange);
  const inPlace = useRef(given);
  const begin = useEffectEvent(() => given.text);

  useEffect(() => {
    if (place.current === null) {
      return undefined;
    }
    const editor = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: begin(),
        extensions: [
          lineNumbers(),
          history(),
          bracketMatching(),
          closeBrackets(),
          indentOnInput(),
          keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
          yaml(),
          look,
          markedLine,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': 'The workflow as YAML', tabindex: '0' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) {
              tell(update.state.doc.toString());
            }
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || given === inPlace.current) {
      return;
    }
    inPlace.current = given;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: given.text } });
    editor.focus();
  }, [given]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null) {
      return;
    }
    const wrong = error === undefined ? undefined : placeOf(describeError(error), editor.state.doc);
    if (wrong === undefined) {
      editor.dispatch({ effects: markLine.of(null) });
      return;
    }
    editor.dispatch({
      selection: { anchor: wrong },
      effects: [markLine.of(wrong), EditorView.scrollIntoView(wrong, { y: 'center' })],
    });
    editor.focus();
  }, [error]);

  return <div ref={place} />;
}
