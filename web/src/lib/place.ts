/** What is known of one place of a space: object, rarity, support, y, the nearest real object. */
import { rarityAt, supportAt, type Rarity } from './assess'
import { decodeOne } from './decode'
import { placeOf } from './frame'
import { fieldAt } from './ground'
import { finderOf, type Finder, type Nearest } from './nearest'
import { single, type Single } from './pictures'
import { atlasAt } from './tiles'
import type { Plane, Points, Space } from './types'

export interface Known {
  a: number
  b: number
  u: Float32Array
  picture: Single | null
  /** True where the picture is the atlas' nearest place, not this one. */
  fromAtlas: boolean
  rarity: Rarity
  support: number
  y: { name: string; value: number; error: number | null }[]
  nearest: Nearest
  /** The nearest of those that have a picture; index -1 where none has, or where `nearest` has one itself. */
  pictured: Nearest
}

const finders = new WeakMap<Points, Finder>()

/** Finds among the real objects of a space, in all its live axes. */
export function finder(space: Space): Finder {
  let found = finders.get(space.points)
  if (!found) {
    found = finderOf(space.points.u, space.points.n, space.live.length)
    finders.set(space.points, found)
  }
  return found
}

const picturedFinders = new WeakMap<Points, Finder>()

/** The nearest real object that has a picture on this page. */
function nearestPictured(space: Space, u: Float32Array, shown: Uint8Array | null): Nearest {
  const { points } = space
  const d = space.live.length
  const { pictured } = points
  let found = picturedFinders.get(points)
  if (!found) {
    const places = new Float32Array(pictured.length * d)
    pictured.forEach((index, k) => places.set(points.u.subarray(index * d, (index + 1) * d), k * d))
    found = finderOf(places, pictured.length, d)
    picturedFinders.set(points, found)
  }
  const { index, distance } = found.nearest(u, shown && Uint8Array.from(pictured, (each) => shown[each]))
  return { index: index < 0 ? -1 : pictured[index], distance }
}

export function know(space: Space, plane: Plane, a: number, b: number, shown: Uint8Array | null = null): Known {
  const u = placeOf(plane, a, b)
  const decoded = decodeOne(space, u)
  const nearest = finder(space).nearest(u, shown)
  return {
    a, b, u,
    picture: decoded ?? atlasAt(plane, a, b),
    fromAtlas: decoded === null && plane.atlas !== null,
    rarity: rarityAt(space, u),
    support: supportAt(space, plane, u, a, b),
    y: plane.outcomes.map((field) => ({
      name: field.name,
      value: fieldAt(plane, field, a, b),
      error: field.error ? fieldAt(plane, field, a, b, field.error) : null,
    })),
    nearest,
    pictured: nearestPictured(space, u, shown),
  }
}

/** The picture of a real object; null where the page holds none of it. */
export function pictureOf(points: Points, index: number): Single | null {
  const { pictured } = points
  let [low, high] = [0, pictured.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (pictured[middle] < index) low = middle + 1
    else high = middle
  }
  return pictured[low] === index ? single(points.pictures, low) : null
}
