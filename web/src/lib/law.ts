/** How unusual is a place? Surprise under the law of the codes, its calibrated probability, and the label that follows. */
import { firstAbove } from './recipe'
import type { Calibration, Law, Space } from './types'

const LOG_2_PI = Math.log(2 * Math.PI)
const LARGEST_LOG_SCALE = 1.5
const SMALLEST_PROBABILITY = 1e-300
const [SUPPORTED, RARE_OBSERVED, EXTRAPOLATED, UNSUPPORTED] = [0, 1, 2, 3]

/** Log density of the law at whitened coordinates u, in nats. */
export function logDensity(law: Law, u: ArrayLike<number>, d: number): number {
  switch (law.kind) {
    case 'gaussian':
      return standardNormal(u, d)
    case 'mixture':
      return mixtureDensity(componentsOf(law, d), u, d)
    case 'flow':
      return flowDensity(law, u, d)
  }
}

/** -log of the share of the law that is no more probable than u, in nats. */
export function surprise(law: Law, u: ArrayLike<number>, d: number): number {
  return Math.max(0, along(-logDensity(law, u, d), law.table.at, law.table.surprise))
}

/** Calibrated probability of a code at least this surprising, with its interval. */
export function exceedance(calibration: Calibration, surprise: number): { p: number; low: number; high: number } {
  const at = (curve: Float32Array) => Math.max(Math.exp(extrapolated(surprise, calibration.knots, curve)), SMALLEST_PROBABILITY)
  return { p: at(calibration.log_probability), low: at(calibration.log_lower), high: at(calibration.log_upper) }
}

/** The surprise of a calibrated probability: the other way round. */
export function levelOf(calibration: Calibration, probability: number): number {
  const { knots, log_probability } = calibration
  const wanted = Math.log(probability)
  const last = knots.length - 1
  const right = Math.min(last, Math.max(1, firstAbove(last, (k) => log_probability[k] <= wanted)))
  const drop = log_probability[right] - log_probability[right - 1]
  const share = drop < 0 ? (wanted - log_probability[right - 1]) / drop : 0
  return knots[right - 1] + Math.min(1, Math.max(0, share)) * (knots[right] - knots[right - 1])
}

/** Number of the label of a place: see SUPPORT.
 *
 * @param gateDistance mean distance to the 5 nearest fitted codes; null where the space has no such gate
 */
export function supportOf(calibration: Calibration, surprise: number, gateDistance: number | null, gate: Space['gate']): number {
  const closed = (limit: number) => gate !== null && gateDistance !== null && gateDistance > limit
  if (closed(gate?.unsupported ?? Infinity) || exceedance(calibration, surprise).p < calibration.floor) return UNSUPPORTED
  if (surprise >= calibration.none_beyond) return EXTRAPOLATED
  if (surprise >= calibration.few_beyond || closed(gate?.rare ?? Infinity)) return RARE_OBSERVED
  return SUPPORTED
}

/** Mean distance of u to its k nearest of the codes (m, d). */
export function gateDistance(codes: Float32Array, u: ArrayLike<number>, d: number, k = 5): number {
  const many = Math.min(k, codes.length / d)
  const nearest = new Array<number>(many).fill(Infinity)
  for (let at = 0; at < codes.length; at += d) {
    let squares = 0
    for (let i = 0; i < d; i++) squares += (codes[at + i] - u[i]) ** 2
    if (squares >= nearest[many - 1]) continue
    let place = many - 1
    for (; place > 0 && nearest[place - 1] > squares; place--) nearest[place] = nearest[place - 1]
    nearest[place] = squares
  }
  return nearest.reduce((sum, squares) => sum + Math.sqrt(squares), 0) / many
}

/** How far along a ray from the centre the surprise last reaches a level, in standard deviations; 0 where all of it lies beyond. */
export function radiusAlong(law: Law, direction: ArrayLike<number>, d: number, level: number): number {
  const length = Math.hypot(...Array.from({ length: d }, (_, i) => direction[i]))
  if (!(length > 0)) throw new Error('A ray needs a direction.')
  const u = new Float64Array(d)
  const at = (radius: number) => {
    for (let i = 0; i < d; i++) u[i] = (radius * direction[i]) / length
    return surprise(law, u, d)
  }
  let outer = 2 + Math.sqrt(d)
  for (let turn = 0; turn < 60 && at(outer) <= level; turn++) outer *= 1.5
  // From outside inwards to the outermost crossing, then by halving.
  const steps = 48
  let inner = -1
  for (let step = steps - 1; step >= 0 && inner < 0; step--) if (at((outer * step) / steps) <= level) inner = (outer * step) / steps
  if (inner < 0) return 0
  let beyond = inner + outer / steps
  for (let turn = 0; turn < 50; turn++) {
    const middle = (inner + beyond) / 2
    if (at(middle) <= level) inner = middle
    else beyond = middle
  }
  return (inner + beyond) / 2
}

/** Linear between knots that ascend, and on along the last piece. */
function along(x: number, knots: Float32Array, values: Float32Array): number {
  const last = knots.length - 1
  const right = Math.min(last, Math.max(1, firstAbove(last, (k) => knots[k] >= x)))
  const gap = knots[right] - knots[right - 1]
  return gap > 0 ? values[right - 1] + ((x - knots[right - 1]) / gap) * (values[right] - values[right - 1]) : values[right]
}

/** As `along`, but held before the first knot, and beyond the last with the slope of the last twenty. */
function extrapolated(x: number, knots: Float32Array, curve: Float32Array): number {
  const last = knots.length - 1
  if (!(x > knots[0])) return curve[0]
  if (x <= knots[last]) return along(x, knots, curve)
  const first = Math.max(0, last - 19)
  return curve[last] + ((curve[last] - curve[first]) / (knots[last] - knots[first])) * (x - knots[last])
}

function standardNormal(u: ArrayLike<number>, d: number): number {
  let squares = 0
  for (let i = 0; i < d; i++) squares += u[i] ** 2
  return -0.5 * (squares + d * LOG_2_PI)
}

// --- mixture -----------------------------------------------------------------------------------------------------------

interface Component {
  mean: Float64Array
  /** Lower triangular, row-major. */
  factor: Float64Array
  logScale: number
}
const prepared = new WeakMap<Law, Component[]>()

function componentsOf(law: Law, d: number): Component[] {
  let found = prepared.get(law)
  if (!found) {
    const { weights, means, covariances } = law.arrays
    found = Array.from(weights.data, (weight, k) => {
      const factor = cholesky(covariances.data.subarray(k * d * d, (k + 1) * d * d), d)
      let logScale = Math.log(weight)
      for (let i = 0; i < d; i++) logScale -= Math.log(factor[i * d + i])
      return { mean: Float64Array.from(means.data.subarray(k * d, (k + 1) * d)), factor, logScale }
    })
    prepared.set(law, found)
  }
  return found
}

function mixtureDensity(components: Component[], u: ArrayLike<number>, d: number): number {
  const steps = new Float64Array(d)
  let highest = -Infinity
  const logs = components.map(({ mean, factor, logScale }) => {
    for (let i = 0; i < d; i++) {
      let rest = u[i] - mean[i]
      for (let j = 0; j < i; j++) rest -= factor[i * d + j] * steps[j]
      steps[i] = rest / factor[i * d + i]
    }
    const log = logScale + standardNormal(steps, d)
    highest = Math.max(highest, log)
    return log
  })
  return highest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - highest), 0))
}

/** The lower triangular factor of a covariance (d, d). */
function cholesky(covariance: Float32Array, d: number): Float64Array {
  const factor = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = covariance[i * d + j]
      for (let k = 0; k < j; k++) sum -= factor[i * d + k] * factor[j * d + k]
      factor[i * d + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / factor[j * d + j]
    }
  }
  return factor
}

// --- flow --------------------------------------------------------------------------------------------------------------

/** Affine couplings (Dinh et al. 2017, section 3): half of the axes shift and scale the others. */
function flowDensity(law: Law, u: ArrayLike<number>, d: number): number {
  const { order, weight_in, bias_in, weight_hidden, bias_hidden, weight_out, bias_out } = law.arrays
  const couplings = order.shape[0]
  const kept = d >> 1
  const moved = d - kept
  const hidden = bias_in.shape[1]
  let x = Float64Array.from({ length: d }, (_, i) => u[i])
  let logDeterminant = 0
  for (let c = 0; c < couplings; c++) {
    x = x.map((_, i) => x[order.data[c * d + i]])
    const first = layer(x, kept, weight_in.data, c * kept * hidden, bias_in.data, c * hidden, hidden).map(Math.tanh)
    const second = layer(first, hidden, weight_hidden.data, c * hidden * hidden, bias_hidden.data, c * hidden, hidden).map(Math.tanh)
    const out = layer(second, hidden, weight_out.data, c * hidden * 2 * moved, bias_out.data, c * 2 * moved, 2 * moved)
    for (let i = 0; i < moved; i++) {
      const logScale = LARGEST_LOG_SCALE * Math.tanh(out[i] / LARGEST_LOG_SCALE)
      x[kept + i] = x[kept + i] * Math.exp(logScale) + out[moved + i]
      logDeterminant += logScale
    }
  }
  return standardNormal(x, d) + logDeterminant
}

/** x (many) times weights (many, outs), and a bias. */
function layer(x: Float64Array, many: number, weights: Float32Array, at: number, bias: Float32Array, biasAt: number, outs: number): Float64Array {
  const y = Float64Array.from(bias.subarray(biasAt, biasAt + outs))
  for (let i = 0; i < many; i++) for (let o = 0; o < outs; o++) y[o] += x[i] * weights[at + i * outs + o]
  return y
}
