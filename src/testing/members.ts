/** The properties of a class and its base classes by name, a class before its base. */
export function membersOf(of: {
  readonly prototype: object;
}): [name: string, property: PropertyDescriptor][] {
  const members: [string, PropertyDescriptor][] = [];
  for (let at = of.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    members.push(...Object.entries(Object.getOwnPropertyDescriptors(at)));
  }
  return members;
}
