/** By which places does one go from a to b? Straight in u, or so that the decoded object changes least. */

import { distanceOf } from './geometry'

/** Decodes n codes u (n, d), row-major, to their expected cells (n, c), row-major. */
export type Decode = (codes: Float32Array, n: number) => Float32Array

export interface Path {
  route: 'straight' | 'geodesic'
  /** (places, d), a and b included. */
  codes: Float32Array
  places: number
  /** Summed change of the cells along this path, and along the straight one; null where nothing was decoded. */
  length: number | null
  straight: number | null
}

const ROUNDS = 12
const STEP = 0.02
const ENOUGH = 1e-3

export function straightPath(a: ArrayLike<number>, b: ArrayLike<number>, places: number): Path {
  const d = a.length
  const codes = new Float32Array(places * d)
  for (let i = 0; i < places; i++) {
    const share = i / (places - 1)
    for (let k = 0; k < d; k++) codes[i * d + k] = (1 - share) * a[k] + share * b[k]
  }
  return { route: 'straight', codes, places, length: null, straight: null }
}

/** The discrete path that minimises the summed squared change of the cells between neighbours, which also spaces it evenly.
 *
 * Levenberg-Marquardt steps: the decoder is taken as linear around each place, by differences, which makes the energy a
 * quadratic with a block-tridiagonal matrix. Both lengths are measured with the midpoints as well, so that a path cannot
 * seem short by leaping; the straight one is kept unless the other is shorter.
 */
export async function relaxedPath(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: { places: number; decode: Decode; pause?: () => Promise<boolean> },
): Promise<Path> {
  const { places, decode, pause } = options
  const line = straightPath(a, b, places)
  const d = a.length
  const straight = lengthOf(line.codes, places, d, decode)
  if (places < 3 || straight === 0) return { ...line, route: 'geodesic', length: straight, straight }
  let codes = line.codes
  let cells = decode(codes, places)
  let energy = energyOf(cells, places)
  let damping = 1e-3
  for (let round = 0; round < ROUNDS; round++) {
    if (pause && !(await pause())) break
    const slopes = slopesAt(codes, places, d, decode, cells)
    let gain = 0
    for (let attempt = 0; attempt < 4; attempt++) {
      const moved = step(codes, cells, slopes, { places, d, damping })
      const there = decode(moved, places)
      const next = energyOf(there, places)
      if (next < energy) {
        gain = (energy - next) / energy
        codes = moved
        cells = there
        energy = next
        damping = Math.max(damping / 4, 1e-6)
        break
      }
      damping *= 8
    }
    if (gain < ENOUGH) break
  }
  const length = lengthOf(codes, places, d, decode)
  const better = length < straight
  return { route: 'geodesic', codes: better ? codes : line.codes, places, length: better ? length : straight, straight }
}

/** Length of a path in decoded cells, with the midpoints between its places. */
export function lengthOf(codes: Float32Array, places: number, d: number, decode: Decode): number {
  const dense = new Float32Array((2 * places - 1) * d)
  for (let i = 0; i < 2 * places - 1; i++) {
    for (let k = 0; k < d; k++) dense[i * d + k] = (codes[(i >> 1) * d + k] + codes[((i + 1) >> 1) * d + k]) / 2
  }
  const cells = decode(dense, 2 * places - 1)
  const c = cells.length / (2 * places - 1)
  let total = 0
  for (let i = 1; i < 2 * places - 1; i++) total += distanceOf(cells.subarray((i - 1) * c, i * c), cells.subarray(i * c, (i + 1) * c))
  return total
}

function energyOf(cells: Float32Array, places: number): number {
  const c = cells.length / places
  let energy = 0
  for (let i = 1; i < places; i++) {
    for (let k = 0; k < c; k++) energy += (cells[i * c + k] - cells[(i - 1) * c + k]) ** 2
  }
  return energy
}

/** Change of the cells along each axis at each inner place, by differences: (inner, d, c). */
function slopesAt(codes: Float32Array, places: number, d: number, decode: Decode, cells: Float32Array): Float32Array[][] {
  const inner = places - 2
  const moved = new Float32Array(inner * d * d)
  for (let i = 0; i < inner; i++) {
    for (let k = 0; k < d; k++) {
      const at = (i * d + k) * d
      moved.set(codes.subarray((i + 1) * d, (i + 2) * d), at)
      moved[at + k] += STEP
    }
  }
  const there = decode(moved, inner * d)
  const c = cells.length / places
  return Array.from({ length: inner }, (_, i) =>
    Array.from({ length: d }, (_, k) => {
      const slope = there.slice((i * d + k) * c, (i * d + k + 1) * c)
      for (let j = 0; j < c; j++) slope[j] = (slope[j] - cells[(i + 1) * c + j]) / STEP
      return slope
    }),
  )
}

/** The codes after one damped step: solves (H + damping * mean diagonal) move = -gradient by blocks (Thomas's algorithm). */
function step(
  codes: Float32Array,
  cells: Float32Array,
  slopes: Float32Array[][],
  { places, d, damping }: { places: number; d: number; damping: number },
): Float32Array {
  const inner = places - 2
  const c = cells.length / places
  const gradient = slopes.map((axes, i) =>
    axes.map((slope) => {
      let sum = 0
      for (let j = 0; j < c; j++) sum += slope[j] * (2 * cells[(i + 1) * c + j] - cells[i * c + j] - cells[(i + 2) * c + j])
      return sum
    }),
  )
  const diagonal = slopes.map((axes) => axes.map((one) => axes.map((other) => 2 * dot(one, other))))
  let trace = 0
  for (const block of diagonal) for (let k = 0; k < d; k++) trace += block[k][k]
  const extra = damping * (trace / (inner * d)) + 1e-9
  for (const block of diagonal) for (let k = 0; k < d; k++) block[k][k] += extra
  const right = gradient.map((part) => part.map((value) => -value))
  const above = slopes.slice(0, -1).map((axes, i) => axes.map((one) => slopes[i + 1].map((other) => -dot(one, other))))
  const moves = solveBlocks(diagonal, above, right)
  const next = codes.slice()
  moves.forEach((move, i) => {
    for (let k = 0; k < d; k++) next[(i + 1) * d + k] += move[k]
  })
  return next
}

/** Solves a symmetric block-tridiagonal system: diagonal blocks (n, d, d), the blocks above them (n - 1, d, d), right sides (n, d). */
function solveBlocks(diagonal: number[][][], above: number[][][], right: number[][]): number[][] {
  const n = diagonal.length
  const ups: number[][][] = []
  const sides: number[][] = []
  for (let i = 0; i < n; i++) {
    const block = diagonal[i].map((row) => row.slice())
    const side = right[i].slice()
    if (i > 0) {
      const lower = above[i - 1]
      for (let r = 0; r < side.length; r++) {
        for (let k = 0; k < side.length; k++) {
          side[r] -= lower[k][r] * sides[i - 1][k]
          for (let s = 0; s < side.length; s++) block[r][s] -= lower[k][r] * ups[i - 1][k][s]
        }
      }
    }
    const columns = i < n - 1 ? above[i] : side.map(() => [])
    const solved = solve(block, columns.map((row, r) => [...row, side[r]]))
    ups.push(solved.map((row) => row.slice(0, -1)))
    sides.push(solved.map((row) => row[row.length - 1]))
  }
  for (let i = n - 2; i >= 0; i--) {
    for (let r = 0; r < sides[i].length; r++) sides[i][r] -= dot(ups[i][r], sides[i + 1])
  }
  return sides
}

/** Gauss's elimination with pivots, many right sides. */
function solve(matrix: number[][], right: number[][]): number[][] {
  const n = matrix.length
  const rows = matrix.map((row, i) => [...row, ...right[i]])
  for (let k = 0; k < n; k++) {
    let best = k
    for (let r = k + 1; r < n; r++) if (Math.abs(rows[r][k]) > Math.abs(rows[best][k])) best = r
    ;[rows[k], rows[best]] = [rows[best], rows[k]]
    const pivot = rows[k][k] || 1e-12
    for (let s = k; s < rows[k].length; s++) rows[k][s] /= pivot
    for (let r = 0; r < n; r++) {
      if (r === k) continue
      const factor = rows[r][k]
      if (factor !== 0) for (let s = k; s < rows[r].length; s++) rows[r][s] -= factor * rows[k][s]
    }
  }
  return rows.map((row) => row.slice(n))
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k]
  return sum
}
