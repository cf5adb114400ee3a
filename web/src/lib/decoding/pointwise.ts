/** Steps that treat every number by itself, or pairs of numbers that stand at the same place. */
import type { Step } from '../types'
import type { Run, Value } from './values'
import { spread } from './values'

type Function = (x: number) => number

const sigmoid: Function = (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))
const softplus: Function = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

/** Abramowitz & Stegun 7.1.26 is too coarse here; this is the series, and beyond 3 the continued fraction. */
export function erf(x: number): number {
  const size = Math.abs(x)
  if (size > 6) return Math.sign(x)
  if (size < 3) {
    let term = size
    let sum = size
    for (let k = 1; k < 60 && Math.abs(term) > 1e-17 * sum; k++) {
      term *= (-size * size) / k
      sum += term / (2 * k + 1)
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * sum
  }
  let fraction = 0
  for (let k = 60; k > 0; k--) fraction = (k / 2) / (size + fraction)
  return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction))
}

const PLAIN: Record<string, Function> = {
  neg: (x) => -x,
  reciprocal: (x) => 1 / x,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  abs: Math.abs,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  erf,
  sigmoid,
  silu: (x) => x * sigmoid(x),
  relu: (x) => (x > 0 ? x : 0),
  mish: (x) => x * Math.tanh(softplus(x)),
  hardsigmoid: (x) => Math.min(1, Math.max(0, x / 6 + 0.5)),
  hardswish: (x) => x * Math.min(1, Math.max(0, x / 6 + 0.5)),
}

const SET: Record<string, (step: Step) => Function> = {
  softplus: (step) => {
    const beta = step.beta as number
    const threshold = step.threshold as number
    return (x) => (x * beta > threshold ? x : softplus(x * beta) / beta)
  },
  gelu: (step) =>
    step.approximate === 'tanh'
      ? (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  elu: (step) => {
    const alpha = step.alpha as number
    const scale = step.scale as number
    const inner = step.input_scale as number
    return (x) => (x > 0 ? scale * x : scale * alpha * Math.expm1(x * inner))
  },
  leaky_relu: (step) => {
    const slope = step.slope as number
    return (x) => (x > 0 ? x : slope * x)
  },
  power: (step) => {
    const exponent = step.exponent as number
    return exponent === 2 ? (x) => x * x : (x) => x ** exponent
  },
  clamp: (step) => {
    const low = (step.low as number | null) ?? -Infinity
    const high = (step.high as number | null) ?? Infinity
    return (x) => Math.min(high, Math.max(low, x))
  },
}

/** The step of one operand, or null if it is of another sort. */
export function unary(step: Step, given: Value[], out: Value): Run | null {
  const f = PLAIN[step.op] ?? SET[step.op]?.(step)
  if (!f) return null
  const x = given[0].data
  const y = out.data
  const size = out.size
  return (rows) => {
    for (let i = 0; i < rows * size; i++) y[i] = f(x[i])
  }
}

const PAIRS: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
  lt: (a, b) => Number(a < b),
  le: (a, b) => Number(a <= b),
  gt: (a, b) => Number(a > b),
  ge: (a, b) => Number(a >= b),
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
}

/** The step of two operands, either of which may be repeated over the axes of the other; null if it is of another sort. */
export function binary(step: Step, given: Value[], out: Value): Run | null {
  const f = PAIRS[step.op]
  if (!f) return null
  const [a, b] = given
  const { data: y, size } = out
  if (!a.constant && !b.constant && a.size === size && b.size === size) {
    const x = a.data
    const other = b.data
    // The two that every decoder has many of are written out.
    if (step.op === 'add') return (rows) => { for (let i = 0; i < rows * size; i++) y[i] = x[i] + other[i] }
    if (step.op === 'mul') return (rows) => { for (let i = 0; i < rows * size; i++) y[i] = x[i] * other[i] }
    return (rows) => { for (let i = 0; i < rows * size; i++) y[i] = f(x[i], other[i]) }
  }
  const [first, second] = [spread(a, out.shape), spread(b, out.shape)]
  const [stepA, stepB] = [a, b].map((each) => (each.constant ? 0 : each.size))
  return (rows) => {
    for (let row = 0; row < rows; row++) {
      const [atA, atB, at] = [row * stepA, row * stepB, row * size]
      for (let i = 0; i < size; i++) y[at + i] = f(a.data[atA + first[i]], b.data[atB + second[i]])
    }
  }
}

/** Where the first is not 0 the second, else the third. */
export function where(given: Value[], out: Value): Run {
  const index = given.map((each) => spread(each, out.shape))
  const steps = given.map((each) => (each.constant ? 0 : each.size))
  return (rows) => {
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < out.size; i++) {
        const which = given[0].data[row * steps[0] + index[0][i]] !== 0 ? 1 : 2
        out.data[row * out.size + i] = given[which].data[row * steps[which] + index[which][i]]
      }
    }
  }
}
