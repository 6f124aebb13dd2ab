import type { Label } from '../../lib/filters'
import { labels as allLabels } from '../../sync/schema'
import { Fact } from './Fact'
import type { UpdateTask } from './UpdateTask'

interface LabelsFieldProps {
  readonly labels: readonly Label[]
  readonly update: UpdateTask
}

/** A set: labels that two people add or take away at the same moment never clash. */
export function LabelsField({ labels, update }: LabelsFieldProps) {
  return (
    <Fact name="Labels">
      <fieldset className="chips" aria-label="Labels">
        {allLabels.map(label => {
          const isOn = labels.includes(label)
          return (
            <button
              key={label}
              type="button"
              className="label label--choice"
              data-label={label}
              aria-pressed={isOn}
              onClick={() => update({ labels: isOn ? { remove: [label] } : { add: [label] } })}
            >
              {label}
            </button>
          )
        })}
      </fieldset>
    </Fact>
  )
}
