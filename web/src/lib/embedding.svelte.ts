/** The page inside a notebook's cell: what is chosen goes out as the address, and an address that comes in is followed.
 *
 * What is chosen is told to nobody who has not asked: the cell says hello first, with a word of its own choice that every answer repeats.
 */
import type { State } from './state.svelte'

interface Told {
  gausscape?: unknown
  word?: unknown
  address?: unknown
}

/** Answers a notebook's cell around this page, if there is one. Returns how to stop. */
export function answerCell(state: State): () => void {
  if (window.parent === window) return () => {}
  let stop = () => {}
  const hear = (event: MessageEvent<Told | null>) => {
    const told = event.data
    if (event.source !== window.parent || typeof told !== 'object' || told === null || typeof told.word !== 'string') return
    if (told.gausscape === 'follow' && typeof told.address === 'string') state.follow(told.address)
    if (told.gausscape !== 'hello') return
    const word = told.word
    stop()
    stop = $effect.root(() => {
      $effect(() => {
        window.parent.postMessage({ gausscape: 'chosen', word, address: state.hash() }, '*')
      })
    })
  }
  window.addEventListener('message', hear)
  // That it listens, and nothing else, is told unasked.
  window.parent.postMessage({ gausscape: 'ready' }, '*')
  return () => {
    stop()
    window.removeEventListener('message', hear)
  }
}
