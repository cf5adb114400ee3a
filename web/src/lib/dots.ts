/** Many points to pixels: a stamp for each, written into the pixels of an image. */
import type { Frame } from './frame'

/** Offsets and colours' share of one dot; coverage 0 marks the dark rim. */
interface Stamp {
  dx: Int8Array
  dy: Int8Array
  /** 255: the colour; 1 ... 254: the colour where nothing is yet; 0: the rim. */
  coverage: Uint8Array
}
const RIM = 0xe0261008

/** Radius of a dot, px: the more points, the smaller. */
export function radiusFor(n: number, ratio: number): number {
  const radius = n <= 600 ? 4 : n <= 3000 ? 3 : n <= 12000 ? 2.2 : n <= 30000 ? 1.6 : 1.2
  return radius * ratio
}

function stampOf(radius: number, rimmed: boolean): Stamp {
  const [dx, dy, coverage] = [[] as number[], [] as number[], [] as number[]]
  const rim = rimmed ? Math.max(1, radius * 0.3) : 0
  const reach = Math.ceil(radius + rim)
  // The rim first, so that the colour is written over it.
  for (const part of rimmed ? ['rim', 'dot'] : ['dot']) {
    for (let y = -reach; y <= reach; y++) {
      for (let x = -reach; x <= reach; x++) {
        const far = Math.hypot(x, y)
        const share = Math.min(1, Math.max(0, radius + 0.5 - far))
        if (part === 'rim' ? far <= radius + rim : share > 0.15) {
          dx.push(x)
          dy.push(y)
          coverage.push(part === 'rim' ? 0 : share > 0.85 || rimmed ? 255 : Math.round(255 * share))
        }
      }
    }
  }
  return { dx: Int8Array.from(dx), dy: Int8Array.from(dy), coverage: Uint8Array.from(coverage) }
}

const stamps = new Map<string, Stamp>()

/** Draws points into pixels (size x size, cleared here). Points without a colour (0) or not `shown` are left out. */
export function drawDots(
  pixels: Uint32Array, frame: Frame, size: number,
  points: { shares: Float32Array; n: number; colours: Uint32Array | null; plain: number; shown: Uint8Array | null; ratio: number },
): void {
  pixels.fill(0)
  const { shares, n, colours, plain, shown, ratio } = points
  const radius = radiusFor(n, ratio) * Math.min(2.2, Math.sqrt(Math.sqrt(frame.pane.zoom)))
  const rimmed = radius >= 2.4 * ratio
  const name = `${radius.toFixed(2)} ${rimmed}`
  let stamp = stamps.get(name)
  if (!stamp) stamps.set(name, (stamp = stampOf(radius, rimmed)))
  const { dx, dy, coverage } = stamp
  const { pane } = frame
  const scale = pane.zoom * size
  const left = 0.5 * size - pane.x * scale
  const top = 0.5 * size + pane.y * scale
  const edge = Math.ceil(radius) + 3
  for (let k = 0; k < n; k++) {
    if (shown && !shown[k]) continue
    const colour = colours ? colours[k] : plain
    if (colour === 0) continue
    const x = Math.round(left + shares[2 * k] * scale)
    const y = Math.round(top - shares[2 * k + 1] * scale)
    if (!(x >= -edge && y >= -edge && x < size + edge && y < size + edge)) continue
    const inside = x >= edge && y >= edge && x < size - edge && y < size - edge
    for (let i = 0; i < dx.length; i++) {
      const px = x + dx[i]
      const py = y + dy[i]
      if (!inside && (px < 0 || py < 0 || px >= size || py >= size)) continue
      const at = py * size + px
      const share = coverage[i]
      if (share === 255) pixels[at] = colour
      else if (share === 0) pixels[at] = RIM
      else if (pixels[at] === 0) pixels[at] = ((colour & 0xffffff) | (share << 24)) >>> 0
    }
  }
}

/** Shares of the square of n places (n, 2): what `drawDots` wants, once for a spacing. */
export function sharesOf(frame: Frame, places: Float32Array, n: number): Float32Array {
  const shares = new Float32Array(2 * n)
  const { across, up } = frame
  const line = frame.plane.up === null
  for (let k = 0; k < n; k++) {
    shares[2 * k] = across.share(places[2 * k])
    // On a line, points stand beside one another by a fixed rule, so that they can be told apart.
    shares[2 * k + 1] = line ? 0.5 + 0.3 * (((k * 0.618034) % 1) - 0.5) : up.share(places[2 * k + 1])
  }
  return shares
}
