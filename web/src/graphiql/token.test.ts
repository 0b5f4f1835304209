import { expect, test } from 'vitest';
import { authorization } from './token';

test('a token becomes a bearer header, and none becomes no header', () => {
  expect(authorization('abc')).toEqual({ Authorization: 'Bearer abc' });
  expect(authorization('')).toEqual({});
});
