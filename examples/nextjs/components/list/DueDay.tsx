const dayFormat = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })

export function DueDay({ day }: { readonly day: string | null }) {
  if (day === null) return <span className="row__due" />
  return (
    <time className="row__due" dateTime={day}>
      {dayFormat.format(new Date(day))}
    </time>
  )
}
