/** A policy's name, which may break before its patches and nowhere else. */
export function PolicyName({ name }: { readonly name: string }) {
  return (
    <>
      {name.split(/(?=\+)/).map((part) => (
        <span key={part}>
          <wbr />
          {part}
        </span>
      ))}
    </>
  )
}
