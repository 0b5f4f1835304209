// Words over a thing that is pointed at. They come with the first thing that is: most pages are read without.

import '@mantine/core/styles/Tooltip.css';
import { Tooltip } from '@mantine/core';
import type { RefObject } from 'react';

interface Props {
  /** Where something is described by it. */
  id?: string;
  label: string;
  over: RefObject<HTMLElement | null>;
}

export default function Hint({ over, ...words }: Props) {
  return <Tooltip target={over} opened withArrow multiline maw={320} {...words} />;
}
