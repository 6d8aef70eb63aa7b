import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["node_modules/", "lab/state/"] },
    {
        files: ["**/*.ts"],
        extends: [tseslint.configs.recommendedTypeChecked],
        languageOptions: {
            parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
        },
        rules: {
            "@typescript-eslint/switch-exhaustiveness-check": "error",
            "@typescript-eslint/restrict-template-expressions": [
                "error",
                { allowNumber: true, allowBoolean: true },
            ],
            "no-restricted-syntax": [
                "error",
                {
                    selector: "NewExpression[callee.property.name='RunError']",
                    message: "use runError() of config/run-error.ts: it carries no stack",
                },
            ],
            "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
        },
    },
);
