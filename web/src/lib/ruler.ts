/** How is a distance drawn among distances that are usual? A logarithmic axis, the hill of random pairs, words that do not collide. */

export interface LogScale {
  low: number
  high: number
  /** Share of the width, 0 to 1; held at the ends. */
  at(distance: number): number
  ticks: number[]
}

/** An axis that shows all the marks and nearly all pairs, with ticks at 1, 2 and 5 times powers of ten. */
export function scaleFor(pairs: ArrayLike<number>, marks: (number | null)[]): LogScale {
  const shown = [pairs[1], pairs[pairs.length - 1], ...marks].filter((value): value is number => value !== null && value > 0 && Number.isFinite(value))
  const most = shown.length ? Math.max(...shown) : 1
  // A pair of twins must not stretch the axis over ten powers of ten: what is smaller stands at its left end.
  const least = Math.max(shown.length ? Math.min(...shown) : 0.1, most / 300)
  const [low, high] = [least / 1.35, most * 1.15]
  const ticks: number[] = []
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const step of [1, 2, 5]) {
      const value = Number((step * 10 ** power).toPrecision(1))
      if (value >= low && value <= high) ticks.push(value)
    }
  }
  const span = Math.log(high / low)
  return { low, high, ticks, at: (distance) => (distance > low ? Math.min(1, Math.log(distance / low) / span) : 0) }
}

/** Density of random pairs along the axis, 0 to 1, at `places` even places; by a Gaussian kernel on the logarithm. */
export function hillOf(pairs: ArrayLike<number>, scale: LogScale, places = 120): number[] {
  const at: number[] = []
  for (let i = 0; i + 1 < pairs.length; i++) {
    const middle = (pairs[i] + pairs[i + 1]) / 2
    if (middle > 0) at.push(Math.log(middle / scale.low) / Math.log(scale.high / scale.low))
  }
  if (at.length < 2) return new Array<number>(places).fill(0)
  const mean = at.reduce((sum, value) => sum + value, 0) / at.length
  const spread = Math.sqrt(at.reduce((sum, value) => sum + (value - mean) ** 2, 0) / at.length)
  const width = Math.max(0.9 * spread * at.length ** -0.2, 0.004)
  const heights = Array.from({ length: places }, (_, i) => {
    const x = i / (places - 1)
    return at.reduce((sum, value) => sum + Math.exp(-0.5 * ((x - value) / width) ** 2), 0)
  })
  const most = Math.max(...heights)
  return heights.map((height) => height / most)
}

/** Centres of labels, each `room` wide, moved as little as needed so that they neither overlap nor leave [0, width]. */
export function apart(places: number[], room: number, width: number): number[] {
  const order = places.map((_, i) => i).sort((i, j) => places[i] - places[j] || i - j)
  const gap = Math.min(room, places.length > 1 ? (width - room) / (places.length - 1) : room)
  const [low, high] = [room / 2, Math.max(width - room / 2, room / 2)]
  const moved = order.map((i) => Math.min(Math.max(places[i], low), high))
  for (let round = 0; round < 60; round++) {
    for (let i = 1; i < moved.length; i++) {
      const push = (gap - (moved[i] - moved[i - 1])) / 2
      if (push <= 0) continue
      moved[i - 1] -= push
      moved[i] += push
    }
    // From either end, for one clamped label pushes the next.
    for (let i = 0; i < moved.length; i++) moved[i] = Math.max(moved[i], low + i * gap)
    for (let i = moved.length - 1; i >= 0; i--) moved[i] = Math.min(moved[i], high - (moved.length - 1 - i) * gap)
  }
  const back = new Array<number>(places.length)
  order.forEach((i, rank) => (back[i] = moved[rank]))
  return back
}
