// The editor of statements: CodeMirror with the names of tables and columns. It is loaded when the screen is opened.

import { autocompletion, closeBrackets, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { PostgreSQL, sql } from '@codemirror/lang-sql';
import { bracketMatching } from '@codemirror/language';
import { Compartment, EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, lineNumbers, placeholder } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { editorLook } from '../ui/editor';

interface Props {
  value: string;
  /** Columns by table, such as `crm.customers`. */
  tables: Record<string, string[]>;
  onChange: (value: string) => void;
  onRun: () => void;
}

const look = editorLook({ least: '7.5rem', most: '40vh' });

export default function SqlEditor({ value, tables, onChange, onRun }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const language = useRef(new Compartment());
  const told = useRef({ onChange, onRun });
  useEffect(() => {
    told.current = { onChange, onRun };
  }, [onChange, onRun]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: later values are put into the editor that is there
  useEffect(() => {
    if (place.current === null) {
      return undefined;
    }
    const run = () => {
      told.current.onRun();
      return true;
    };
    const editor = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: value,
        extensions: [
          Prec.highest(keymap.of([{ key: 'Mod-Enter', run }])),
          lineNumbers(),
          history(),
          bracketMatching(),
          closeBrackets(),
          autocompletion(),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
          language.current.of(languageOf(tables)),
          look,
          placeholder('SELECT … FROM connector.table'),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': 'SQL statement' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) {
              told.current.onChange(update.state.doc.toString());
            }
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, []);

  useEffect(() => {
    view.current?.dispatch({ effects: language.current.reconfigure(languageOf(tables)) });
  }, [tables]);

  useEffect(() => {
    const editor = view.current;
    if (editor !== null && editor.state.doc.toString() !== value) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
    }
  }, [value]);

  return <div ref={place} className="sql-editor" />;
}

function languageOf(tables: Props['tables']) {
  return sql({ dialect: PostgreSQL, schema: tables, upperCaseKeywords: true });
}
