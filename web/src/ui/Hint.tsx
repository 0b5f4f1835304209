// Words over a thing that is pointed at. They come with the first thing that is: most pages are read without.

import '@mantine/core/styles/Tooltip.css';
import { Tooltip } from '@mantine/core';
import type { RefObject } from 'react';

interface Props {
  id: string;
  label: string;
  over: RefObject<HTMLElement | null>;
}

export default function Hint({ id, label, over }: Props) {
  return <Tooltip id={id} target={over} label={label} opened withArrow />;
}
