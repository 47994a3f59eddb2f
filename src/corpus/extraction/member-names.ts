import type { SyntaxTree } from '../../syntax/index.js';

/** Where members stand: bodies, and the types that hold them. */
const CONTAINER =
  /(^|_)(body|block)$|^(declaration|field_declaration|ordered_field_declaration|enumerator|enum_variant|enum_member_declaration|enum_declaration)_list$|^(object|struct|interface|union|intersection)_type$|^(class|primary_constructor|class)_parameters$|^primary_constructor$|^body_statement$|^(struct|union|enum)_specifier$/;

const MEMBER =
  /(declaration|definition|signature|property|field|method|member|variant|enumerator|enum_entry|enum_constant|case|const_element|method_elem|function_item|const_item|type_item|assignment|constructor|alias|class_parameter|singleton_method|expression_statement|enum_assignment|module|class)/;

/** What stands before a name in a declaration, or what a name is given. */
const BESIDE =
  /type|modifier|annotation|attribute|decorator|qualifier|comment|specifier|body|block|value|binding_pattern|parameters|operator_token/;

const NAME =
  /(^|_)identifier$|^(name|constant|variable_name|property_identifier|instance_variable|destructor_name)$/;

const DECLARATOR =
  /declarator$|^(variable_declaration|property_element|const_element|simple_enum_case|enum_case_definitions)$/;

const LIMIT = 256;

/** The names that a declaration gives, the first where it gives one. */
const declaredNames = (tree: SyntaxTree, node: number): readonly string[] => {
  const children = [...tree.children(node)];
  const declarators = children.filter((child) => DECLARATOR.test(tree.kind(child)));
  if (declarators.length > 0) return declarators.flatMap((child) => declaredNames(tree, child));
  const isField = /^(field_declaration|enum_entry)$/.test(tree.kind(node));
  const names: string[] = [];
  for (const child of children) {
    const kind = tree.kind(child);
    if (kind === 'type_identifier' && !/type_item|alias|class|interface/.test(tree.kind(node))) continue;
    if (NAME.test(kind)) {
      names.push(tree.text(child).replace(/^[$]/, ''));
      if (!isField) break;
    } else if (!BESIDE.test(kind)) {
      names.push(...declaredNames(tree, child).slice(0, 1));
      if (names.length > 0) break;
    }
  }
  return names;
};

/** The names of a class's members, in their order: fields, methods, cases, and types within. */
export const memberNames = (tree: SyntaxTree, node: number): readonly string[] => {
  const names = new Set<string>();
  const visit = (container: number, depth: number): void => {
    for (const child of tree.children(container)) {
      if (names.size >= LIMIT) return;
      const kind = tree.kind(child);
      if (CONTAINER.test(kind)) {
        // A typedef's own name stands beside the list, as its struct's does.
        if (depth < 4) visit(child, kind.endsWith('_specifier') ? depth : depth + 1);
      } else if (depth > 0 && (NAME.test(kind) || MEMBER.test(kind))) {
        const found = NAME.test(kind) ? [tree.text(child)] : declaredNames(tree, child);
        for (const name of found) if (name !== '') names.add(name);
      }
    }
  };
  visit(node, 0);
  return [...names];
};

/** The names that a declaration of variables or constants declares. */
export const namesOf = (tree: SyntaxTree, node: number): readonly string[] =>
  [...new Set(declaredNames(tree, node))].slice(0, LIMIT);
