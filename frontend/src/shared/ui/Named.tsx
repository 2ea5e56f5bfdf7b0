import classes from './Named.module.css'

/** A name, and below it what it is for, or what is wrong with it. */
export function Named({ name, about }: { name: string; about: string | null | undefined }) {
  return (
    <span className={classes.named}>
      {name}
      <span className={classes.about}>{about}</span>
    </span>
  )
}
