/** Where does a place of a plane stand on screen? Standard deviations (a, b), shares of the square (0 ... 1), pixels. */
import type { Plane, Space } from './types'

/** How far apart equal steps stand: by standard deviations, or by probability (equal widths hold equally many objects). */
export type Spacing = 'sd' | 'probability'

/** A rising function from standard deviations to a share of the side, and back. */
export interface Axis {
  share(value: number): number
  value(share: number): number
}

export function evenAxis(reach: number): Axis {
  return { share: (value) => (value + reach) / (2 * reach), value: (share) => (2 * share - 1) * reach }
}

/** Straight lines between quantiles, the k-th of n at (k + 1/2) / n; exponential tails with the slope of the last line. */
export function quantileAxis(quantiles: Float32Array): Axis {
  const n = quantiles.length
  const half = 0.5 / n
  const first = quantiles[0]
  const last = quantiles[n - 1]
  const before = 1 / n / Math.max(1e-6, quantiles[1] - first) / half
  const after = 1 / n / Math.max(1e-6, last - quantiles[n - 2]) / half
  return {
    share(value) {
      if (value <= first) return half * Math.exp((value - first) * before)
      if (value >= last) return 1 - half * Math.exp((last - value) * after)
      let low = 0
      let high = n - 1
      while (high - low > 1) {
        const middle = (low + high) >> 1
        if (quantiles[middle] <= value) low = middle
        else high = middle
      }
      const step = quantiles[high] - quantiles[low]
      return (low + 0.5 + (step > 0 ? (value - quantiles[low]) / step : 0)) / n
    },
    value(share) {
      if (share <= half) return first + Math.log(Math.max(share, 1e-12) / half) / before
      if (share >= 1 - half) return last - Math.log(Math.max(1 - share, 1e-12) / half) / after
      const at = share * n - 0.5
      const low = Math.min(n - 2, Math.floor(at))
      return quantiles[low] + (at - low) * (quantiles[low + 1] - quantiles[low])
    },
  }
}

/** What part of the square is on screen: its middle in shares, and how often the square is enlarged. */
export interface Pane {
  x: number
  y: number
  zoom: number
}
export const WHOLE: Pane = { x: 0.5, y: 0.5, zoom: 1 }
export const CLOSEST = 64

/** Keeps a pane within the square. */
export function within({ x, y, zoom }: Pane): Pane {
  const close = Math.min(CLOSEST, Math.max(1, zoom))
  const half = 0.5 / close
  return { x: Math.min(1 - half, Math.max(half, x)), y: Math.min(1 - half, Math.max(half, y)), zoom: close }
}

/** Zooms by a factor so that the place under (px, py) stays there. */
export function zoomAt(pane: Pane, factor: number, px: number, py: number, size: number): Pane {
  const zoom = Math.min(CLOSEST, Math.max(1, pane.zoom * factor))
  const x = pane.x + (px / size - 0.5) / pane.zoom
  const y = pane.y + (0.5 - py / size) / pane.zoom
  return within({ x: x - (px / size - 0.5) / zoom, y: y - (0.5 - py / size) / zoom, zoom })
}

/** A plane on a square of `size` pixels. y of the screen runs downwards. */
export class Frame {
  readonly across: Axis
  readonly up: Axis
  constructor(readonly plane: Plane, spacing: Spacing, readonly pane: Pane, readonly size: number) {
    const { quantiles, reach } = plane
    const byShare = (values: Float32Array) => (spacing === 'probability' && values.length > 1 ? quantileAxis(values) : evenAxis(reach))
    this.across = byShare(quantiles.across)
    this.up = plane.up ? byShare(quantiles.up) : evenAxis(reach)
  }
  /** Pixels of shares of the square. */
  px(share: number): number {
    return ((share - this.pane.x) * this.pane.zoom + 0.5) * this.size
  }
  py(share: number): number {
    return (0.5 - (share - this.pane.y) * this.pane.zoom) * this.size
  }
  /** Pixels of a place. */
  x(a: number): number {
    return this.px(this.across.share(a))
  }
  y(b: number): number {
    return this.py(this.up.share(b))
  }
  /** The place under a pixel, held within the plane's reach. */
  a(x: number): number {
    return this.held(this.across.value(this.shareX(x)))
  }
  b(y: number): number {
    return this.plane.up ? this.held(this.up.value(this.shareY(y))) : 0
  }
  shareX(x: number): number {
    return this.pane.x + (x / this.size - 0.5) / this.pane.zoom
  }
  shareY(y: number): number {
    return this.pane.y + (0.5 - y / this.size) / this.pane.zoom
  }
  private held(value: number): number {
    return Math.min(this.plane.reach, Math.max(-this.plane.reach, value))
  }
}

/** Whitened coordinates of a place of the plane. */
export function placeOf(plane: Plane, a: number, b: number): Float32Array {
  return plane.origin.map((middle, i) => middle + a * plane.across[i] + (plane.up ? b * plane.up[i] : 0))
}

/** Coordinates (a, b) of n codes (n, d) on the plane, the nearest place of each: (n, 2). */
export function project(plane: Plane, u: Float32Array, n: number): Float32Array {
  const d = plane.origin.length
  const { origin, across, up } = plane
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i], 0)
  const aa = dot(across, across)
  const [ab, bb] = up ? [dot(across, up), dot(up, up)] : [0, 1]
  const determinant = aa * bb - ab * ab || 1
  const places = new Float32Array(2 * n)
  for (let k = 0; k < n; k++) {
    let p = 0
    let q = 0
    for (let i = 0, at = k * d; i < d; i++, at++) {
      const from = u[at] - origin[i]
      p += from * across[i]
      if (up) q += from * up[i]
    }
    places[2 * k] = (p * bb - q * ab) / determinant
    places[2 * k + 1] = (q * aa - p * ab) / determinant
  }
  return places
}

const projections = new WeakMap<Plane, { space: Space; places: Float32Array }>()

/** The real objects of a space on a plane, kept. */
export function placesOf(space: Space, plane: Plane): Float32Array {
  const known = projections.get(plane)
  if (known?.space === space) return known.places
  const places = project(plane, space.points.u, space.points.n)
  projections.set(plane, { space, places })
  return places
}
