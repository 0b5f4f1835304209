// Mantine's theme: our teal, the system's fonts, comfortable corners.

import { createTheme, type MantineColorsTuple } from '@mantine/core';

const teal: MantineColorsTuple = [
  '#effaf8',
  '#d9f2ee',
  '#b0e4dc',
  '#83d5c9',
  '#5cc6b7',
  '#38b0a0',
  '#1e9485',
  '#0f766e',
  '#0c5f59',
  '#084843',
];

/** Greys with a touch of green, from text to ground. */
const dark: MantineColorsTuple = [
  '#e6efed',
  '#c2d0cc',
  '#9db0ab',
  '#6d807b',
  '#3a4a47',
  '#2a3936',
  '#182221',
  '#101817',
  '#0c1312',
  '#080d0c',
];

export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: 7,
  autoContrast: true,
  colors: { teal, dark },
  fontFamily: 'var(--sans)',
  fontFamilyMonospace: 'var(--mono)',
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Modal: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
  },
});
