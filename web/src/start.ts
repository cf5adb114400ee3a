/** From the text in the document to the page on screen; whatever fails becomes a message, never a blank page. */
import { mount } from 'svelte'
import App from './App.svelte'
import { answerCell } from './lib/embedding.svelte'
import { State } from './lib/state.svelte'
import type { Page } from './lib/types'
import { ELEMENT, Unreadable, unpack } from './lib/unpack'
import Trouble from './parts/Trouble.svelte'

/** Where the page stands: `#gausscape` if the document has it (what is in there is a summary for readers without scripts). */
function place(document: Document): HTMLElement {
  const given = document.getElementById('gausscape')
  const target = given ?? document.body.appendChild(document.createElement('div'))
  target.id = 'gausscape'
  return target
}

export async function start(document: Document): Promise<void> {
  const target = place(document)
  const line = document.createElement('p')
  line.className = 'loading'
  line.setAttribute('role', 'status')
  line.textContent = 'Unpacking …'
  target.replaceChildren(line)
  try {
    const element = document.getElementById(ELEMENT)
    if (!element) throw new Unreadable('This page holds no data.', 'Write the page again with `gausscape page`.')
    const page = await unpack(element.textContent ?? '', (share, doing) => {
      line.textContent = `Unpacking: ${doing}, ${Math.round(100 * share)}%`
    })
    // The packed text is as long as the file; let it go.
    element.textContent = ''
    show(target, page)
  } catch (error) {
    refuse(target, error)
  }
}

/** Shows a document. */
export function show(target: HTMLElement, page: Page): void {
  const state = new State(location.hash)
  state.listen()
  answerCell(state)
  try {
    target.replaceChildren()
    mount(App, { target, props: { page, state } })
  } catch (error) {
    refuse(target, error)
  }
}

function refuse(target: HTMLElement, error: unknown): void {
  target.replaceChildren()
  mount(Trouble, { target, props: { error, whole: true } })
}
