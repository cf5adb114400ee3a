/** Which place has a value on an axis, and which values deserve a tick? */

export interface Axis {
  domain: [number, number]
  /** Place of a value, held at the ends. */
  at(value: number): number
  /** Value at a place. */
  from(place: number): number
  ticks: number[]
}

/** A linear axis from `low` to `high` over the places `start` to `end`, with about `wanted` round ticks. */
export function linear(low: number, high: number, start: number, end: number, wanted = 5): Axis {
  if (!(high > low)) {
    const size = Math.max(Math.abs(low), 1) * 0.5
    low = Number.isFinite(low) ? low - size : 0
    high = Number.isFinite(high) ? high + size : 1
  }
  return {
    domain: [low, high],
    at: (value) => start + ((end - start) * (clamp(value, low, high) - low)) / (high - low),
    from: (place) => low + ((high - low) * (place - start)) / (end - start),
    ticks: roundTicks(low, high, wanted),
  }
}

/** A logarithmic axis; ticks at powers of ten, thinned to about `wanted`. */
export function logarithmic(low: number, high: number, start: number, end: number, wanted = 5): Axis {
  low = low > 0 ? low : 1e-9
  high = high > low ? high : low * 10
  const [from, to] = [Math.log10(low), Math.log10(high)]
  const [first, last] = [Math.ceil(from - 1e-9), Math.floor(to + 1e-9)]
  const step = Math.max(1, Math.ceil((last - first + 1) / Math.max(wanted, 1)))
  const ticks: number[] = []
  // From the right: the commonest, usually 1, keeps its tick.
  for (let power = last; power >= first; power -= step) ticks.unshift(10 ** power)
  return {
    domain: [low, high],
    at: (value) => start + ((end - start) * (Math.log10(clamp(value, low, high)) - from)) / (to - from),
    from: (place) => 10 ** (from + ((to - from) * (place - start)) / (end - start)),
    ticks,
  }
}

/** Ticks at 1, 2 or 5 times a power of ten, inside [low, high]. */
export function roundTicks(low: number, high: number, wanted = 5): number[] {
  const raw = (high - low) / Math.max(wanted, 1)
  if (!(raw > 0) || !Number.isFinite(raw)) return []
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= raw * (1 - 1e-9)) ?? 10)
  const ticks: number[] = []
  for (let i = Math.ceil(low / step - 1e-9); i <= Math.floor(high / step + 1e-9); i++) ticks.push(Number((i * step).toPrecision(12)))
  return ticks
}

/** Smallest and largest finite value, widened by a share of the range; [0, 1] if there is none. */
export function limits(values: Iterable<number | null>, margin = 0): [number, number] {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low > high) return [0, 1]
  const more = (high - low || Math.max(Math.abs(high), 1) * 0.1) * margin
  return [low - more, high + more]
}

/** An SVG path through points, broken where one is not finite; a lone point between breaks becomes a short stroke. */
export function pathThrough(xs: ArrayLike<number>, ys: ArrayLike<number>): string {
  let path = ''
  let on = false
  for (let i = 0; i < xs.length; i++) {
    const [x, y] = [xs[i]!, ys[i]!]
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      on = false
      continue
    }
    path += `${on ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`
    if (!on && !Number.isFinite(ys[i + 1] ?? NaN)) path += 'h0.1'
    on = true
  }
  return path
}

/** A closed SVG path between two lines, one piece for each run in which both are finite. */
export function bandBetween(xs: ArrayLike<number>, lows: ArrayLike<number>, highs: ArrayLike<number>): string {
  let path = ''
  let start = 0
  const finite = (i: number) => Number.isFinite(xs[i]) && Number.isFinite(lows[i]) && Number.isFinite(highs[i])
  while (start < xs.length) {
    if (!finite(start)) {
      start++
      continue
    }
    let end = start
    while (end < xs.length && finite(end)) end++
    const there: string[] = []
    const back: string[] = []
    for (let i = start; i < end; i++) {
      there.push(`${xs[i]!.toFixed(1)} ${highs[i]!.toFixed(1)}`)
      back.unshift(`${xs[i]!.toFixed(1)} ${lows[i]!.toFixed(1)}`)
    }
    path += `M${[...there, ...back].join('L')}Z`
    start = end
  }
  return path
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}
