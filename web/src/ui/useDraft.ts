// A text that is typed, and told when one pauses: where it is kept need not follow every letter.

import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';

/** The text as it is typed, and how it is changed. What it becomes elsewhere takes its place. */
export function useDraft(
  value: string,
  onChange: (text: string) => void,
): [string, (text: string) => void] {
  const [draft, setDraft] = useState(value);
  // The last text that both sides knew of: from elsewhere comes what is another one.
  const [known, setKnown] = useState(value);
  const tell = useDebouncedCallback((text: string) => {
    setKnown(text);
    onChange(text);
  }, 250);
  const [seen, setSeen] = useState(value);
  if (value !== seen) {
    setSeen(value);
    if (value !== known) {
      setKnown(value);
      setDraft(value);
    }
  }
  return [
    draft,
    (text) => {
      setDraft(text);
      tell(text);
    },
  ];
}
