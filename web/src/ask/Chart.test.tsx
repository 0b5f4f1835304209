import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import Chart from './Chart';
// As the API draws a forecast: its own test compares.
import FORECAST from './forecast.json';

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

/** The points of what is drawn: what is known, what is forecast, and the band around that. */
async function drawn(rows: unknown[][]) {
  const { container } = show(FORECAST, MONTHS, rows);
  expect(screen.getByRole('img', { name: 'What comes next' })).toBeVisible();
  await vi.waitFor(() => expect(container.querySelectorAll('.mark-line path')).toHaveLength(2));
  const paths = [...container.querySelectorAll('.mark-line path, .mark-area path')];
  const [band = [], known = [], forecast = []] = paths.map(pointsOf);
  return { known, forecast, band };
}

test('a forecast goes on where what is known ends', async () => {
  const { known, forecast, band } = await drawn(COURSE);
  expect(known).toHaveLength(2);
  expect(forecast).toHaveLength(3);
  expect(forecast[0]).toBe(known[1]);
  // There and back.
  expect(band).toHaveLength(6);
  expect([band[0], band[5]]).toEqual([known[1], known[1]]);
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

test('what is not known of the last month joins nothing', async () => {
  const { known, forecast } = await drawn(COURSE.with(1, ['2026-10-01', null, null, null, null]));
  expect(known).toHaveLength(1);
  expect(forecast).toHaveLength(2);
});
