import { useText } from '@/shared/i18n'
import classes from './DeclaredNote.module.css'
import { IconLock } from './icons'

/** Says that a file declares this, where it is then edited; nothing for what no file declares. */
export function DeclaredNote({ file }: { file: string | null | undefined }) {
  const { t } = useText()
  if (!file) return null
  return (
    <p className={classes.note}>
      <IconLock size={15} />
      {t.check.declared(file)}
    </p>
  )
}
