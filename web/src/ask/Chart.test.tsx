import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import Chart from './Chart';
import { plotted } from './plotted';

const MONTHS = [
  { name: 'month', type: 'date' },
  { name: 'revenue', type: 'double' },
  { name: 'forecast', type: 'double' },
  { name: 'low', type: 'double' },
  { name: 'high', type: 'double' },
];

const COURSE = [
  ['2026-09-01', 100, null, null, null],
  ['2026-10-01', 120, null, null, null],
  ['2026-11-01', null, 130, 125, 135],
  ['2026-12-01', null, 140, 130, 150],
];

/** As the API draws a forecast. */
const FORECAST = {
  $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
  encoding: { x: { field: 'month', type: 'temporal', title: null } },
  layer: [
    {
      mark: { type: 'area' },
      encoding: { y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' } },
    },
    { mark: 'line', encoding: { y: { field: 'revenue', type: 'quantitative' } } },
    {
      mark: { type: 'line', point: true },
      encoding: { y: { field: 'forecast', type: 'quantitative' } },
    },
  ],
};

function show(specification: object, columns: typeof MONTHS, rows: unknown[][]) {
  const chart = () => (
    <MantineProvider env="test">
      <Chart specification={specification} columns={columns} rows={rows} label="What comes next" />
    </MantineProvider>
  );
  return render(chart());
}

/** The points of a line, as it is drawn. */
function pointsOf(line: Element | null): string[] {
  return line?.getAttribute('d')?.match(/-?[\d.]+,-?[\d.]+/g) ?? [];
}

test('a forecast goes on where what is known ends', async () => {
  const { container } = show(FORECAST, MONTHS, COURSE);
  expect(screen.getByRole('img', { name: 'What comes next' })).toBeVisible();
  await vi.waitFor(() => expect(container.querySelectorAll('.mark-line path')).toHaveLength(2));
  const [known, forecast] = [...container.querySelectorAll('.mark-line path')].map(pointsOf);
  expect(known).toHaveLength(2);
  expect(forecast).toHaveLength(3);
  expect(forecast?.[0]).toBe(known?.[1]);
});

test('decimals are drawn as numbers', async () => {
  const { container } = show(
    { mark: 'bar', encoding: { x: { field: 'price', type: 'quantitative' } } },
    [{ name: 'price', type: 'decimal(10, 2)' }],
    [['12.50']],
  );
  await vi.waitFor(() => expect(container.querySelectorAll('.mark-rect path')).toHaveLength(1));
  expect(container.querySelector('.mark-rect path')).toHaveAccessibleName(/12\.5/);
});

test('a chart that cannot be drawn says so, and why', async () => {
  show({ mark: 'spiral', encoding: {} }, [{ name: 'price', type: 'double' }], [[1]]);
  expect(await screen.findByText(/^The chart could not be drawn: ./)).toBeVisible();
});

test('what is not known of the last month joins nothing', () => {
  const rows = [
    ['2026-09-01', 100, null, null, null],
    ['2026-10-01', null, null, null, null],
    ['2026-11-01', null, 130, 125, 135],
  ];
  expect(plotted(MONTHS, rows).map((row) => row.forecast)).toEqual([null, null, 130]);
});
