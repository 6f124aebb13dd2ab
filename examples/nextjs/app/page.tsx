import { Tracker } from '../components/Tracker'

export default function Page() {
  return <Tracker />
}
