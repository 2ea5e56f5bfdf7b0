import { TextInput } from '@mantine/core'
import { useText } from '@/shared/i18n'

interface Named {
  name: string
  description: string
}

interface Props {
  draft: Named
  change: (some: Partial<Named>) => void
  /** What is there keeps its name. */
  isNew: boolean
}

/** What something is called, and what it is for. */
export function NameFields({ draft, change, isNew }: Props) {
  const { t } = useText()
  return (
    <>
      {isNew && (
        <TextInput
          label={t.common.name}
          required
          data-autofocus
          spellCheck={false}
          value={draft.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
      )}
      <TextInput
        label={t.common.description}
        value={draft.description}
        onChange={(event) => change({ description: event.currentTarget.value })}
      />
    </>
  )
}
