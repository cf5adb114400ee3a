/** Where a function on a grid passes a level: marching squares, joined into lines. */

/** A line in grid units (column, row), flat: x0, y0, x1, y1, ... */
export type Line = number[]

/** Lines on which `values` (rows x columns, row-major) equal `level`; cells with a value that is not finite are left out. */
export function contour(values: ArrayLike<number>, columns: number, rows: number, level: number): Line[] {
  const segments: number[] = []
  const cross = (from: number, to: number) => (level - from) / (to - from)
  for (let y = 0; y + 1 < rows; y++) {
    for (let x = 0; x + 1 < columns; x++) {
      const at = y * columns + x
      const [p, q, r, s] = [values[at], values[at + 1], values[at + columns + 1], values[at + columns]]
      if (!Number.isFinite(p + q + r + s)) continue
      const kind = (p > level ? 8 : 0) | (q > level ? 4 : 0) | (r > level ? 2 : 0) | (s > level ? 1 : 0)
      if (kind === 0 || kind === 15) continue
      const top = () => [x + cross(p, q), y]
      const right = () => [x + 1, y + cross(q, r)]
      const bottom = () => [x + cross(s, r), y + 1]
      const left = () => [x, y + cross(p, s)]
      const add = (from: number[], to: number[]) => segments.push(from[0], from[1], to[0], to[1])
      // In a saddle the middle decides which corners belong together.
      const high = (p + q + r + s) / 4 > level
      if (kind === 1 || kind === 14) add(left(), bottom())
      else if (kind === 2 || kind === 13) add(bottom(), right())
      else if (kind === 3 || kind === 12) add(left(), right())
      else if (kind === 4 || kind === 11) add(top(), right())
      else if (kind === 6 || kind === 9) add(top(), bottom())
      else if (kind === 7 || kind === 8) add(left(), top())
      else if ((kind === 5) === high) {
        add(left(), top())
        add(bottom(), right())
      } else {
        add(left(), bottom())
        add(top(), right())
      }
    }
  }
  return joined(segments)
}

/** Segments that share ends become lines. */
function joined(segments: number[]): Line[] {
  const key = (x: number, y: number) => `${Math.round(x * 4096)} ${Math.round(y * 4096)}`
  const ends = new Map<string, number[]>()
  const count = segments.length / 4
  for (let i = 0; i < count; i++) {
    for (const side of [0, 2]) {
      const name = key(segments[4 * i + side], segments[4 * i + side + 1])
      const list = ends.get(name)
      if (list) list.push(i)
      else ends.set(name, [i])
    }
  }
  const used = new Uint8Array(count)
  const follow = (line: Line) => {
    for (;;) {
      const [x, y] = [line[line.length - 2], line[line.length - 1]]
      const next = ends.get(key(x, y))?.find((i) => !used[i])
      if (next === undefined) return
      used[next] = 1
      const at = 4 * next
      const forward = key(segments[at], segments[at + 1]) === key(x, y)
      line.push(segments[at + (forward ? 2 : 0)], segments[at + (forward ? 3 : 1)])
    }
  }
  const lines: Line[] = []
  for (let i = 0; i < count; i++) {
    if (used[i]) continue
    used[i] = 1
    const line = segments.slice(4 * i, 4 * i + 4)
    follow(line)
    const back: Line = []
    for (let k = line.length - 2; k >= 0; k -= 2) back.push(line[k], line[k + 1])
    follow(back)
    lines.push(back)
  }
  return lines
}
