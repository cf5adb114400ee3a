/** Which real object is nearest? A grid of cells for two coordinates, one pass over all for more. */

export interface Nearest {
  index: number
  distance: number
}

export interface Finder {
  /** The nearest of the points for which `shown` is not 0 (all if null); index -1 where there is none. */
  nearest(place: ArrayLike<number>, shown?: Uint8Array | null): Nearest
}

/** A finder of n points (n, d). */
export function finderOf(points: Float32Array, n: number, d: number): Finder {
  return d === 2 && n > 64 ? new GridFinder(points, n) : new PassFinder(points, n, d)
}

class PassFinder implements Finder {
  constructor(readonly points: Float32Array, readonly n: number, readonly d: number) {}

  nearest(place: ArrayLike<number>, shown: Uint8Array | null = null): Nearest {
    const { points, n, d } = this
    let index = -1
    let least = Infinity
    for (let k = 0, from = 0; k < n; k++, from += d) {
      if (shown && !shown[k]) continue
      let sum = 0
      for (let i = 0; i < d && sum < least; i++) {
        const apart = points[from + i] - place[i]
        sum += apart * apart
      }
      if (sum < least) {
        least = sum
        index = k
      }
    }
    return { index, distance: Math.sqrt(least) }
  }
}

class GridFinder implements Finder {
  private readonly side: number
  private readonly low: [number, number]
  private readonly step: number
  /** Points of cell c: order[starts[c]] ... order[starts[c + 1] - 1]. */
  private readonly starts: Uint32Array
  private readonly order: Uint32Array

  constructor(readonly points: Float32Array, readonly n: number) {
    let [left, right, down, up] = [Infinity, -Infinity, Infinity, -Infinity]
    for (let k = 0; k < n; k++) {
      const [x, y] = [points[2 * k], points[2 * k + 1]]
      if (!Number.isFinite(x + y)) continue
      if (x < left) left = x
      if (x > right) right = x
      if (y < down) down = y
      if (y > up) up = y
    }
    this.side = Math.max(1, Math.min(512, Math.ceil(Math.sqrt(n / 2))))
    this.low = [left, down]
    this.step = Math.max(right - left, up - down, 1e-9) / this.side || 1
    const cells = this.side * this.side
    this.starts = new Uint32Array(cells + 1)
    const cellOf = new Int32Array(n)
    for (let k = 0; k < n; k++) {
      cellOf[k] = Number.isFinite(points[2 * k] + points[2 * k + 1]) ? this.row(points[2 * k + 1]) * this.side + this.column(points[2 * k]) : -1
      if (cellOf[k] >= 0) this.starts[cellOf[k] + 1]++
    }
    for (let c = 0; c < cells; c++) this.starts[c + 1] += this.starts[c]
    this.order = new Uint32Array(n)
    const next = this.starts.slice()
    for (let k = 0; k < n; k++) if (cellOf[k] >= 0) this.order[next[cellOf[k]]++] = k
  }

  private column(x: number): number {
    return Math.min(this.side - 1, Math.max(0, Math.floor((x - this.low[0]) / this.step)))
  }
  private row(y: number): number {
    return Math.min(this.side - 1, Math.max(0, Math.floor((y - this.low[1]) / this.step)))
  }

  nearest(place: ArrayLike<number>, shown: Uint8Array | null = null): Nearest {
    const { side, step, points } = this
    const [x, y] = [place[0], place[1]]
    const [column, row] = [this.column(x), this.row(y)]
    let index = -1
    let least = Infinity
    for (let ring = 0; ring <= side; ring++) {
      // Nothing in this ring, or beyond, can be nearer than its inner side.
      const reach = Math.max(0, ring - 1) * step
      if (index >= 0 && reach * reach > least) break
      for (let r = row - ring; r <= row + ring; r++) {
        if (r < 0 || r >= side) continue
        const whole = r === row - ring || r === row + ring
        for (let c = column - ring; c <= column + ring; c += whole || ring === 0 ? 1 : 2 * ring) {
          if (c < 0 || c >= side) continue
          for (let at = this.starts[r * side + c]; at < this.starts[r * side + c + 1]; at++) {
            const k = this.order[at]
            if (shown && !shown[k]) continue
            const [p, q] = [points[2 * k] - x, points[2 * k + 1] - y]
            const sum = p * p + q * q
            if (sum < least) {
              least = sum
              index = k
            }
          }
        }
      }
    }
    return { index, distance: Math.sqrt(least) }
  }
}
