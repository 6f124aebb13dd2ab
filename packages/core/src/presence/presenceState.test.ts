import { expect, it } from 'vitest'
import { decodePresenceState, encodePresenceState, type PresenceState } from './presenceState.js'

const bytes = (text: string) => new TextEncoder().encode(text)

it.each<PresenceState>([
  { clientId: 'tab', state: { x: 1, name: 'alice', at: [null, 'é'] } },
  { clientId: 'tab', state: null },
  { clientId: 'tab', state: undefined },
])('[C-PRESENCE-2] what a tab shows is read as it was written: %j', shown => {
  expect(decodePresenceState(encodePresenceState(shown))).toEqual(shown)
})

it.each([
  '',
  '{}',
  '[]',
  '[1,{}]',
  '["",{}]',
  `["${'x'.repeat(65)}",{}]`,
  '["tab",5]',
  '["tab",[]]',
  '["tab",{},1]',
  '["tab",{}',
])('[C-PRESENCE-2] what is none is null: %s', text => {
  expect(decodePresenceState(bytes(text))).toBeNull()
})

it('[C-PRESENCE-2] what is no text is null', () => {
  expect(decodePresenceState(Uint8Array.of(0x5b, 0x22, 0xff, 0x22, 0x5d))).toBeNull()
})
