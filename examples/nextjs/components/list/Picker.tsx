interface PickerProps {
  readonly name: string
  readonly value: string
  readonly options: readonly { readonly value: string; readonly name: string }[]
  readonly onPick: (value: string) => void
}

export function Picker({ name, value, options, onPick }: PickerProps) {
  return (
    <select className="field" aria-label={name} value={value} onChange={event => onPick(event.target.value)}>
      {options.map(option => (
        <option key={option.value} value={option.value}>
          {option.name}
        </option>
      ))}
    </select>
  )
}
