// The chart of an answer, drawn by Vega-Lite from the answer's rows. It is loaded when the first one is shown.

import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import embed, { type VisualizationSpec } from 'vega-embed';
import { expressionInterpreter } from 'vega-interpreter';
import { plotted } from './plotted';

interface Props {
  specification: unknown;
  columns: readonly { name: string; type: string }[];
  rows: readonly (readonly unknown[])[];
  /** What it shows, for those who do not see it. */
  label: string;
}

export default function Chart({ specification, columns, rows, label }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  const [error, setError] = useState<string>();

  useEffect(() => {
    if (place.current === null) {
      return undefined;
    }
    // It names the version that it was written for; ours draws it, too, and need not remark on that.
    const { $schema: _, ...drawing } = specification as { $schema?: string };
    const drawn = embed(
      place.current,
      {
        width: 'container',
        height: 280,
        ...drawing,
        data: { values: plotted(columns, rows) },
        description: label,
      } as VisualizationSpec,
      {
        mode: 'vega-lite',
        actions: false,
        renderer: 'svg',
        // Our content security policy lets no text become code.
        ast: true,
        expr: expressionInterpreter,
        config: configOf(scheme),
      },
    );
    let isOver = false;
    drawn.catch((failure: unknown) => {
      if (!isOver) {
        setError(failure instanceof Error ? failure.message : String(failure));
      }
    });
    return () => {
      isOver = true;
      drawn.then((view) => view.finalize()).catch(() => undefined);
    };
  }, [specification, columns, rows, label, scheme]);

  return error === undefined ? (
    <div ref={place} role="img" aria-label={label} style={{ width: '100%' }} />
  ) : (
    <p>The chart could not be drawn: {error}</p>
  );
}

function configOf(scheme: 'light' | 'dark') {
  const [text, line] = scheme === 'light' ? ['#13211f', '#d9e2e0'] : ['#e6efed', '#2a3936'];
  return {
    background: 'transparent',
    font: 'system-ui, sans-serif',
    axis: {
      labelColor: text,
      titleColor: text,
      gridColor: line,
      domainColor: line,
      tickColor: line,
    },
    legend: { labelColor: text, titleColor: text },
    view: { stroke: 'transparent' },
    range: {
      category: [
        '#0f766e',
        '#c2410c',
        '#1d4ed8',
        '#a16207',
        '#7e22ce',
        '#be123c',
        '#4d7c0f',
        '#475569',
      ],
    },
    mark: { color: scheme === 'light' ? '#0f766e' : '#5eead4' },
  };
}
