/** Steps that move numbers without changing them, and those that sum over axes. */
import type { Step } from '../types'
import type { Run, Value } from './values'
import { sizeOf, spread } from './values'

/** Strides of a shape, row-major. */
function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1)
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1]
  return strides
}

/** For each element of the answer, the place in a row that it comes from, by its place along each axis; -1 for none. */
function gathered(out: Value, from: (place: number[]) => number): Int32Array {
  const index = new Int32Array(out.size)
  const place = new Array<number>(out.shape.length).fill(0)
  for (let i = 0; i < out.size; i++) {
    index[i] = from(place)
    for (let axis = place.length - 1; axis >= 0 && ++place[axis] === out.shape[axis]; axis--) place[axis] = 0
  }
  return index
}

function gather(operand: Value, out: Value, index: Int32Array, filling = 0): Run {
  const { data: x, size } = operand
  const { data: y, size: many } = out
  const step = operand.constant ? 0 : size
  return (rows) => {
    for (let row = 0; row < rows; row++) {
      for (let i = 0, from = row * step, to = row * many; i < many; i++) y[to + i] = index[i] < 0 ? filling : x[from + index[i]]
    }
  }
}

export const MOVES: Record<string, (step: Step, given: Value[], out: Value) => Run> = {
  expand: (_, [x], out) => gather(x, out, spread(x, out.shape)),
  permute: (step, [x], out) => {
    const axes = step.axes as number[]
    const strides = stridesOf(x.shape)
    return gather(x, out, gathered(out, (place) => place.reduce((sum, at, k) => sum + at * strides[axes[k]], 0)))
  },
  slice: (step, [x], out) => {
    const axis = step.axis as number
    const strides = stridesOf(x.shape)
    const first = (step.start as number) * strides[axis]
    const stride = step.step as number
    return gather(x, out, gathered(out, (place) => place.reduce((sum, at, k) => sum + at * strides[k] * (k === axis ? stride : 1), first)))
  },
  take: (step, [x, order], out) => {
    const axis = step.axis as number
    const strides = stridesOf(x.shape)
    return gather(x, out, gathered(out, (place) => place.reduce((sum, at, k) => sum + (k === axis ? order.data[at] : at) * strides[k], 0)))
  },
  pad: (step, [x], out) => {
    const before = step.before as number[]
    const strides = stridesOf(x.shape)
    const from = (place: number[]) => {
      let sum = 0
      for (let k = 0; k < place.length; k++) {
        const at = place[k] - before[k]
        if (at < 0 || at >= x.shape[k]) return -1
        sum += at * strides[k]
      }
      return sum
    }
    return gather(x, out, gathered(out, from), step.value as number)
  },
  concat: (step, given, out) => {
    const axis = step.axis as number
    const strides = stridesOf(out.shape)
    let start = 0
    const runs = given.map((each) => {
      const place = gathered({ ...each, shape: each.shape }, (own) => own.reduce((sum, at, k) => sum + (at + (k === axis ? start : 0)) * strides[k], 0))
      start += each.shape[axis]
      const wide = each.constant ? 0 : each.size
      return (rows: number) => {
        for (let row = 0; row < rows; row++) {
          for (let i = 0; i < place.length; i++) out.data[row * out.size + place[i]] = each.data[row * wide + i]
        }
      }
    })
    return (rows) => runs.forEach((run) => run(rows))
  },
}

const SUMS: Record<string, [start: number, join: (sum: number, x: number) => number]> = {
  sum: [0, (sum, x) => sum + x],
  mean: [0, (sum, x) => sum + x],
  amax: [-Infinity, (sum, x) => Math.max(sum, x)],
  amin: [Infinity, (sum, x) => Math.min(sum, x)],
}

/** Sums, means and extremes over some axes; null for a step of another sort. */
export function reduce(step: Step, [x]: Value[], out: Value): Run | null {
  const how = SUMS[step.op]
  if (!how) return null
  const [start, join] = how
  const axes = step.axes as number[]
  const kept = x.shape.map((side, axis) => (axes.includes(axis) ? 1 : side))
  const many = x.size / sizeOf(kept)
  const target = spread({ data: x.data, shape: kept, size: sizeOf(kept), constant: false }, x.shape)
  const sums = new Float64Array(out.size)
  return (rows) => {
    for (let row = 0; row < rows; row++) {
      sums.fill(start)
      for (let i = 0; i < x.size; i++) sums[target[i]] = join(sums[target[i]], x.data[row * x.size + i])
      for (let i = 0; i < out.size; i++) out.data[row * out.size + i] = step.op === 'mean' ? sums[i] / many : sums[i]
    }
  }
}
