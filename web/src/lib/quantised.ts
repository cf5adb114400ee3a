/** Weights that were rounded to a step: whole numbers in one or two byte planes, which compress where numbers are small. */
import type { Quantised } from './types'

/** The numbers, row by row of the first axis; each row has its step, or all share one. */
export function fromQuantised({ step, low, high }: Quantised): Float32Array {
  const values = new Float32Array(low.length)
  const wide = values.length / step.length
  for (let row = 0, i = 0; row < step.length; row++) {
    for (const end = (row + 1) * wide; i < end; i++) {
      const code = high ? low[i] | (high[i] << 8) : low[i]
      // Even codes are positive, odd ones negative.
      values[i] = (code & 1 ? -(code + 1) / 2 : code / 2) * step[row]
    }
  }
  return values
}
