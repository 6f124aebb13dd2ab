import { describe, expect, it } from 'vitest'
import { parseCommandLine } from './parseCommandLine.js'

const defaults = {
  config: null,
  port: 4800,
  host: '127.0.0.1',
  data: './.tidemark',
  timeUrl: null,
  isJson: false,
}

describe('the command line', () => {
  it('[S-CLI-1] says what to run and how', () => {
    expect(parseCommandLine(['dev'], {})).toEqual({ kind: 'run', command: 'dev', options: defaults })
    const args = [
      'doctor',
      'node.ts',
      '--port',
      '0',
      '--host',
      '::1',
      '--data',
      'd',
      '--time-url',
      'http://t',
      '--json',
    ]
    expect(parseCommandLine(args, {})).toMatchObject({
      command: 'doctor',
      options: { config: 'node.ts', port: 0, host: '::1', data: 'd', timeUrl: 'http://t', isJson: true },
    })
  })

  it('[S-CLI-1] gives way to the environment in start and doctor, where it says nothing', () => {
    const env = { PORT: '80', HOST: '0.0.0.0', TIDEMARK_DATA: '/data', TIDEMARK_CONFIG: 'c.js' }
    const options = { ...defaults, port: 80, host: '0.0.0.0', data: '/data', config: 'c.js' }
    expect(parseCommandLine(['start'], env)).toMatchObject({ options })
    expect(parseCommandLine(['start', 'd.js', '--port=81'], env)).toMatchObject({
      options: { ...options, port: 81, config: 'd.js' },
    })
    expect(parseCommandLine(['dev'], env)).toMatchObject({ options: defaults })
  })

  it('[S-CLI-1] asks for help', () => {
    for (const args of [[], ['help'], ['--help'], ['-h']]) {
      expect(parseCommandLine(args, {})).toEqual({ kind: 'help', command: null })
    }
    expect(parseCommandLine(['start', '--help'], {})).toEqual({ kind: 'help', command: 'start' })
  })

  it.each([
    [['serve'], /no command "serve"/],
    [['dev', '--prot', '1'], /--prot.* See tidemark dev --help/s],
    [['dev', '--json'], /--json/],
    [['dev', 'a', 'b'], /One configuration/],
    [['dev', '--port', 'x'], /"x" is no port/],
    [['dev', '--port', '70000'], /is no port/],
    [['dev', '--port', '-1'], /port/],
  ])('[S-CLI-1] is refused with a sentence: %j', (args, message) => {
    expect(() => parseCommandLine(args, {})).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }))
    expect(() => parseCommandLine(args, {})).toThrow(message)
  })
})
