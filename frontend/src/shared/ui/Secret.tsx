import { Button, Code } from '@mantine/core'
import { useRef, useState } from 'react'
import { useText } from '@/shared/i18n'
import { IconCopy, ShapeCheck } from './icons'
import classes from './Secret.module.css'

/** Select an element's text, for browsers that copy by the keyboard alone. */
function select(element: HTMLElement): void {
  const range = document.createRange()
  range.selectNodeContents(element)
  const selection = window.getSelection()
  selection?.removeAllRanges()
  selection?.addRange(range)
}

/** Without TLS, browsers have no clipboard for scripts but this old way. */
async function copy(text: string, element: HTMLElement): Promise<boolean> {
  select(element)
  if (!navigator.clipboard) return document.execCommand('copy')
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => document.execCommand('copy'),
  )
}

/** A text that is shown once, to be copied: a token, a one-time link. */
export function Secret({ value, label }: { value: string; label: string }) {
  const { t } = useText()
  const shown = useRef<HTMLElement>(null)
  const [isCopied, setCopied] = useState(false)
  const act = async () => {
    if (shown.current) setCopied(await copy(value, shown.current))
  }
  return (
    <div className={classes.secret}>
      <Code ref={shown} className={classes.value} aria-label={label}>
        {value}
      </Code>
      <Button
        variant={isCopied ? 'default' : 'filled'}
        leftSection={isCopied ? <ShapeCheck size={16} /> : <IconCopy size={16} />}
        onClick={() => void act()}
      >
        {isCopied ? t.common.copied : t.common.copy}
      </Button>
    </div>
  )
}
