/** Rasters to pixels. */
import { raster as plasma, tableOf } from './colour'

const TABLE = tableOf(plasma)

/** Writes one raster (height, width, channels), 0 ... 255, into pixels of an image `across` pixels wide, at (left, top). */
export function paintRaster(
  pixels: Uint32Array, across: number, data: Uint8Array, height: number, width: number, channels: number, left = 0, top = 0,
): void {
  for (let y = 0; y < height; y++) {
    let to = (top + y) * across + left
    let from = y * width * channels
    if (channels === 1) {
      for (let x = 0; x < width; x++) pixels[to++] = TABLE[data[from++]]
    } else {
      for (let x = 0; x < width; x++, from += channels) {
        const blue = channels > 2 ? data[from + 2] : 0
        pixels[to++] = 0xff000000 | (blue << 16) | (data[from + 1] << 8) | data[from]
      }
    }
  }
}
